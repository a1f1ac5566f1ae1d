// Values in the browser's local storage, or in memory if the browser refuses.

const kept = new Map();

export function recall(key) {
  try {
    return localStorage.getItem(`faq.${key}`) ?? kept.get(key);
  } catch {
    return kept.get(key);
  }
}

export function keep(key, value) {
  kept.set(key, value);
  try {
    localStorage.setItem(`faq.${key}`, value);
  } catch {
    // A private window may refuse; the value is kept until the page is closed.
  }
}

export function forget(key) {
  kept.delete(key);
  try {
    localStorage.removeItem(`faq.${key}`);
  } catch {
    // A private window may refuse; the value is gone from memory.
  }
}
