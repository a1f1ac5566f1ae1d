// The site that shows the page in a frame (faq-chat.js): what it tells in the address's fragment, and what it is told.
// A page of its own takes nothing from its address, which anyone may have made.

const LONGEST = 500; // characters of a text of the site
const told = new URLSearchParams(window.parent === window ? "" : location.hash.slice(1));

export const embedded = window.parent !== window;

/** A text of the site; empty where it gives none. */
export const given = (name) => (told.get(name) ?? "").slice(0, LONGEST);

/** Send a message to the site, and to no other. */
export function tell(kind, more = {}) {
  const origin = given("origin");
  if (embedded && URL.canParse(origin)) window.parent.postMessage({ faqChat: kind, ...more }, origin);
}

/** Call `handle` with each message of the site. */
export function onTold(handle) {
  window.addEventListener("message", ({ source, origin, data }) => {
    if (embedded && source === window.parent && origin === given("origin") && data?.faqChat) handle(data);
  });
}
