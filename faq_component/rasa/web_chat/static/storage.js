// Values in the browser's local storage. Where the browser refuses, such as to the frame of another site in a private
// window, they are in memory, and the site keeps them for its tab.

import { given, tell } from "./framing.js";

const kept = new Map();

export function recall(key) {
  try {
    return localStorage.getItem(`faq.${key}`) ?? kept.get(key);
  } catch {
    return kept.get(key) ?? (given(`kept.${key}`) || undefined);
  }
}

export function keep(key, value) {
  kept.set(key, value);
  try {
    localStorage.setItem(`faq.${key}`, value);
  } catch {
    tell("keep", { key, value });
  }
}

export function forget(key) {
  kept.set(key, "");
  try {
    localStorage.removeItem(`faq.${key}`);
    kept.delete(key);
  } catch {
    tell("keep", { key, value: "" });
  }
}
