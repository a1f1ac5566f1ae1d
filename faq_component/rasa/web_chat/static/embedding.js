// The page in a frame on somebody else's site: how it looks there, and how many messages are unread while it is closed.

import { embedded, given, onTold, tell } from "./framing.js";
import { keep, recall } from "./storage.js";

const COLOR = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

export const site = {
  title: given("title"),
  greeting: given("greeting"),
  language: given("language"),
  completes: given("complete") !== "off",
};
let visible = !embedded;
let unread = 0;
let newest = 0; // seconds since 1970, of the server's clock

/** Tell the site that the page is ready; `opened` is called when the user opens the chat, with whether to focus. */
export function begin(opened) {
  if (COLOR.test(given("color"))) paint(given("color"), given("ink"));
  onTold(({ faqChat: kind, focus }) => {
    visible = kind === "opened";
    if (!visible) return;
    read();
    opened(focus === true);
  });
  tell("ready");
}

/** Ask the site to close the chat. */
export const close = () => tell("close");

/** Count messages of the bot as unread while the chat is closed; of restored ones, those that came after the last read. */
export function arrived(times, { restored = false } = {}) {
  if (!embedded) return;
  const seen = Number(recall("seen") ?? 0);
  const known = times.filter((time) => typeof time === "number");
  newest = Math.max(newest, ...known);
  if (restored) unread = known.filter((time) => time > seen).length;
  else unread += times.length;
  if (visible) read();
  else tell("unread", { count: unread });
}

function read() {
  unread = 0;
  if (newest) keep("seen", String(newest));
  tell("unread", { count: 0 });
}

function paint(color, ink) {
  const { style } = document.documentElement;
  style.setProperty("--user", color);
  style.setProperty("--on-user", ink === "#000" ? "#000" : "#fff");
}
