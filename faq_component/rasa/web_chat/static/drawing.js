// Draws messages as elements. Texts become text nodes, never markup.

import { language, word } from "./words.js";

const ADDRESS = String.raw`(?:https?:\/\/|(?<![A-Za-z0-9])(?:tel:\+?\d|mailto:))[^\s<>"'，。；：！？、（）《》“”]+`;
const LINK = new RegExp(ADDRESS, "g");
// The marks of Markdown that answers have: [a link](https://...), **strong** and `code`; everything else stays as it is.
const MARKED = new RegExp(
  String.raw`\[(?<title>[^\]\n]{1,200})\]\((?<to>${ADDRESS.replace("<>", "<>()")})\)|` +
    String.raw`(?<![\w*])\*\*(?<strong>[^\s*](?:[^*\n]{0,498}[^\s*])?)\*\*(?![\w*])|` +
    "`(?<code>[^`\n]{1,500})`|" + `(?<plain>${ADDRESS})`,
  "g",
);
const FEEDBACK = /^\/faq_feedback\{.*"useful": (true|false)\}$/;

export const isFeedback = (payload) => FEEDBACK.test(payload ?? "");

/** A message of the user. */
export function userMessage(text, time) {
  return message("user", "you", [bubble(text), clock(time)]);
}

/**
 * A message of the bot, in the format of Rasa's SocketIO channel.
 * @param choose called with payload and title of a pressed button.
 */
export function botMessage({ text, quick_replies: buttons = [], attachment, custom, time }, choose) {
  const parts = [];
  if (text) parts.push(answer(text));
  if (attachment) parts.push(attached(attachment));
  if (custom) parts.push(element("pre", "bubble", JSON.stringify(custom, null, 2)));
  const choices = buttons.filter((button) => !isFeedback(button.payload));
  const ratings = buttons.filter((button) => isFeedback(button.payload));
  if (choices.length) parts.push(group("choices", word("choices"), choices, choose, ({ title }) => title));
  if (ratings.length) {
    parts.push(group("ratings", word("rating"), ratings, choose, ({ payload }) => word(rated(payload))));
  }
  if (parts.length) parts.push(clock(time));
  return message("bot", "bot", parts);
}

/** Close the buttons of these messages to further presses, and mark the one that was pressed. */
export function closeButtons(messages, kind, payload) {
  for (const button of messages.querySelectorAll(`.${kind} button:not([aria-disabled])`)) {
    if (kind === "ratings" && topicOf(button.dataset.payload) !== topicOf(payload)) continue;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.payload === payload) button.setAttribute("aria-pressed", "true");
  }
}

const rated = (payload) => (FEEDBACK.exec(payload)[1] === "true" ? "useful" : "useless");
const topicOf = (payload) => payload.replace(/"useful": (true|false)/, "");

function message(from, speaker, parts) {
  const item = element("li", from);
  item.append(element("span", "hidden", word(speaker)), ...parts);
  return item;
}

function bubble(text) {
  const part = element("p", "bubble");
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    part.append(text.slice(end, match.index), link(match[0], match[0]));
    end = match.index + match[0].length;
  }
  part.append(text.slice(end));
  return part;
}

/** An answer: its links, strong words and code are drawn as such, and lines that begin with - or * as points. */
function answer(text) {
  const part = element("p", "bubble");
  const lines = text.replace(/^([ \t]*)[-*] (?=\S)/gm, "$1• ");
  let end = 0;
  for (const match of lines.matchAll(MARKED)) {
    const { title, to, strong, code, plain } = match.groups;
    const drawn = strong ? element("strong", "", strong) : code ? element("code", "", code) : link(to ?? plain, title ?? plain);
    part.append(lines.slice(end, match.index), drawn);
    end = match.index + match[0].length;
  }
  part.append(lines.slice(end));
  return part;
}

/** The time of a message in seconds since 1970: its minute, and its day unless that is today; null has none. */
function clock(seconds = Date.now() / 1000) {
  if (seconds === null) return "";
  const time = new Date(seconds * 1000);
  const today = time.toDateString() === new Date().toDateString();
  const shown = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  const part = element("time", "", new Intl.DateTimeFormat(language(), shown).format(time));
  part.dateTime = time.toISOString();
  return part;
}

function group(kind, label, buttons, choose, titleOf) {
  const part = element("div", kind);
  part.setAttribute("role", "group");
  part.setAttribute("aria-label", label);
  for (const button of buttons) {
    const title = titleOf(button);
    const pressed = element("button", "", title);
    pressed.type = "button";
    pressed.dataset.payload = button.payload;
    if (kind === "ratings") pressed.classList.add(rated(button.payload));
    pressed.addEventListener("click", () => pressed.hasAttribute("aria-disabled") || choose(button.payload, title));
    part.append(pressed);
  }
  return part;
}

function attached(attachment) {
  const source = attachment?.payload?.src ?? attachment?.payload?.url ?? attachment;
  const address = webAddress(source);
  if (!address) return element("pre", "bubble", typeof source === "string" ? source : JSON.stringify(source, null, 2));
  if (attachment.type !== "image") {
    const part = element("p", "bubble");
    part.append(link(address, `${word("file")}: ${readable(address).split("/").pop() || address}`));
    return part;
  }
  const image = element("img", "");
  image.alt = word("image");
  image.src = address;
  const part = link(address, "");
  part.className = "image";
  part.append(image);
  image.addEventListener("error", () => part.replaceChildren(`${word("image")}: ${address}`));
  return part;
}

/** The absolute http(s) address of a text; null for others, such as javascript: or data:. */
function webAddress(text) {
  if (typeof text !== "string" || !URL.canParse(text, location.href)) return null;
  const url = new URL(text, location.href);
  return ["http:", "https:"].includes(url.protocol) ? url.href : null;
}

/** An address with decoded escapes; unchanged if they are not UTF-8, such as a bare % or a name in GBK. */
function readable(address) {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}

function link(address, text) {
  const part = element("a", "", text.replace(/^(tel|mailto):/, ""));
  part.href = address;
  part.target = "_blank";
  part.rel = "noopener noreferrer";
  return part;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
