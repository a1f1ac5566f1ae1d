// The page: lists the conversations handed over, shows one, and sends the person's answers.

import { Gone, WrongToken, ask, hasToken, useToken } from "./api.js";
import { firstLanguage, language, speak, word } from "./words.js";

const EVERY = 1_500; // milliseconds between two looks
const SETTLED = new Set(["sent", "failed"]); // states that do not change any more
const [status, enter, token, desk, list, none, refused, open, about, log, messages, answer, text, end, choose, name] = [
  "status",
  "enter",
  "token",
  "desk",
  "list",
  "none",
  "refused",
  "open",
  "about",
  "log",
  "messages",
  "answer",
  "text",
  "end",
  "choose",
  "name",
].map((id) => document.getElementById(id));

let handovers = [];
let chosen = new URLSearchParams(location.hash.slice(1)).get("handover");
let shown = []; // messages of the chosen one
const seen = new Map(); // when the user said something last that was shown, by handover
const drafts = new Map(); // what is being written, by handover
let timer = null;

async function look() {
  clearTimeout(timer);
  if (!hasToken()) return askForToken("");
  try {
    let counts;
    ({ handovers, refused: counts } = await ask(""));
    drawRefused(Object.values(counts).reduce((sum, count) => sum + count, 0));
    if (chosen) await show();
    if (status.dataset.fault) say("");
    enter.hidden = true;
    desk.hidden = false;
    drawList();
  } catch (error) {
    if (error instanceof WrongToken) return askForToken(word("wrongToken"));
    say(error instanceof TypeError ? word("lost") : error.message);
  }
  timer = setTimeout(look, EVERY);
}

function askForToken(sentence) {
  say(sentence);
  desk.hidden = true;
  enter.hidden = false;
  token.focus();
}

function say(sentence) {
  status.dataset.fault = sentence;
  if (status.textContent !== sentence) status.textContent = sentence;
}

/** Read of the chosen conversation what is new, or may have changed, and draw that. */
async function show() {
  const asked = chosen;
  try {
    const unsettled = shown.findIndex((message) => !SETTLED.has(message.state));
    const kept = unsettled < 0 ? shown : shown.slice(0, unsettled);
    const found = await ask(`/${asked}?after=${kept.at(-1)?.number ?? 0}`);
    if (asked !== chosen) return;
    drawConversation(found.handover, [...kept, ...found.messages]);
  } catch (error) {
    if (!(error instanceof Gone) || asked !== chosen) throw error;
    leave();
  }
}

function drawList() {
  const waiting = handovers.filter((handover) => handover.state === "waiting").length;
  document.title = `${waiting ? `(${waiting}) ` : ""}${word("title")}`;
  none.hidden = handovers.length > 0;
  choose.hidden = Boolean(chosen) || !handovers.length;
  const focused = document.activeElement?.dataset?.handover;
  list.replaceChildren(...handovers.map(drawEntry));
  if (focused) list.querySelector(`[data-handover="${CSS.escape(focused)}"]`)?.focus();
}

/** Say how many wishes for a person were refused: somebody may be filling the inbox. */
function drawRefused(count) {
  refused.hidden = !count;
  const sentence = count ? word("refused").replace("{count}", count) : "";
  if (refused.textContent !== sentence) refused.textContent = sentence;
}

function drawEntry(handover) {
  const isUnread = handover.id !== chosen && handover.last_user > (seen.get(handover.id) ?? 0);
  const button = element("button", { type: "button", "data-handover": handover.id }, [
    element("strong", {}, [word(handover.reason)]),
    ...(handover.said ? [element("span", { class: "said" }, [handover.said])] : []),
    element("span", {}, [`${channel(handover)} · ${time(handover.opened)}`]),
    element("span", { class: "state" }, [
      [word(handover.state), handover.person].filter(Boolean).join(" · "),
      ...(isUnread ? [element("em", {}, [word("unread")])] : []),
    ]),
  ]);
  if (handover.id === chosen) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => select(handover.id));
  return element("li", {}, [button]);
}

async function select(id) {
  drafts.set(chosen, text.value);
  chosen = id;
  shown = [];
  messages.replaceChildren();
  text.value = drafts.get(id) ?? "";
  await look();
  if (matchMedia("(pointer: fine)").matches && !open.hidden) text.focus();
}

function leave() {
  chosen = null;
  shown = [];
  open.hidden = true;
}

function drawConversation(handover, found) {
  open.hidden = false;
  seen.set(handover.id, handover.last_user);
  const title = `${word(handover.reason)} · ${channel(handover)} · ${time(handover.opened)}`;
  if (about.textContent !== title) about.textContent = title;
  const isOpen = handover.state === "waiting" || handover.state === "taken";
  for (const part of [text, end, answer.querySelector("button")]) part.disabled = !isOpen;
  if (!isOpen && !status.dataset.fault) status.textContent = word("ended");
  if (isOpen && !status.dataset.fault) status.textContent = "";
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  log.setAttribute("aria-live", shown.length ? "polite" : "off"); // do not read out what was said before
  found.forEach((message, place) => {
    const before = shown[place];
    if (before?.number === message.number && before.state === message.state) return;
    const item = drawMessage(message);
    if (before) messages.children[place].replaceWith(item);
    else messages.append(item);
  });
  const isNew = found.length > shown.length;
  shown = found;
  if (isNew && isAtEnd) log.scrollTop = log.scrollHeight;
}

function drawMessage(message) {
  const notes = [word(message.author), time(message.at)];
  if (message.before) notes.push(word("before"));
  if (message.state !== "sent") notes.push(word(message.state === "waiting" ? "unsent" : message.state));
  return element("li", { class: `${message.author}${message.before ? " before" : ""}` }, [
    element("p", { class: "bubble" }, [message.text]),
    element("p", { class: "note" }, [notes.join(" · ")]),
  ]);
}

function element(kind, attributes, children) {
  const made = document.createElement(kind);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The name of a channel; the web chat has Rasa's technical one. */
const channel = (handover) => (handover.channel === "socketio" ? word("webChat") : handover.channel);

function time(seconds) {
  const moment = new Date(1000 * seconds);
  const isToday = moment.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { month: "numeric", day: "numeric" };
  return moment.toLocaleString(language(), { ...day, hour: "2-digit", minute: "2-digit" });
}

/** Send what was written; it stays in the box until the server has it, under a key by which it is sent once. */
let sending = null;
async function send() {
  const said = text.value.trim();
  if (!said || !chosen) return;
  if (sending?.said !== said || sending.to !== chosen) sending = { said, to: chosen, key: randomKey() };
  const { to, key } = sending;
  try {
    await ask(`/${to}/messages`, { text: said, person: name.value, key });
  } catch (error) {
    return fail(error);
  }
  sending = null;
  if (to === chosen && text.value.trim() === said) text.value = "";
  await look();
}

function fail(error) {
  if (error instanceof WrongToken) return askForToken(word("wrongToken"));
  say(error instanceof Gone ? word("ended") : error instanceof TypeError ? word("lost") : error.message);
}

function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12)); // randomUUID needs HTTPS
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

answer.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

text.addEventListener("keydown", (event) => {
  // While composing Chinese, Enter belongs to the input method (keyCode 229 in Safari).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  send();
});

end.addEventListener("click", async () => {
  const ended = chosen;
  try {
    await ask(`/${ended}/end`, {});
    if (ended === chosen) leave();
    await look();
  } catch (error) {
    fail(error);
  }
});

enter.addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(token.value.trim());
  token.value = "";
  look();
});

name.value = localStorage.getItem("faq.inbox.name") ?? "";
name.addEventListener("change", () => localStorage.setItem("faq.inbox.name", name.value.trim()));

document.getElementById("language").addEventListener("click", () => {
  localStorage.setItem("faq.language", language() === "zh" ? "en" : "zh");
  speak(localStorage.getItem("faq.language"));
  shown = [];
  messages.replaceChildren();
  look();
});

speak(firstLanguage(localStorage.getItem("faq.language")));
look();
