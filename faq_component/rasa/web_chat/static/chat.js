// The page: sends what the user types or presses, and draws what arrives.

import { Connection } from "./connection.js";
import { completing } from "./completing.js";
import { botMessage, closeButtons, isFeedback, userMessage } from "./drawing.js";
import * as embedding from "./embedding.js";
import { embedded } from "./framing.js";
import { keep, recall } from "./storage.js";
import { firstLanguage, language, speak, word } from "./words.js";

const [log, messages, typing, status, form, input, picture] = [
  "log",
  "messages",
  "typing",
  "status",
  "form",
  "text",
  "picture",
].map((id) => document.getElementById(id));
const LONGEST = 10_000; // characters that the channel takes
const drawn = new Map(); // elements of unanswered messages, by message id
let online = false;
let wasOnline = false;

const connection = new Connection({
  status(now) {
    online = now;
    wasOnline ||= now;
    showStatus();
  },
  history: drawAll,
  message(message) {
    add(botMessage(message, choose));
    embedding.arrived([message.time]);
  },
  elsewhere({ text, payload }) {
    drawUser(text, payload);
    scrollDown();
  },
  waiting(entries) {
    typing.hidden = !(online && entries.length);
    if (!typing.hidden) scrollDown();
    const unanswered = new Set(entries.map((entry) => entry.id));
    for (const [id, item] of drawn) item.dataset.note = !online && unanswered.has(id) ? word("waiting") : "";
  },
  failed(entry) {
    const item = drawn.get(entry.id);
    if (item) offerRetry(item, entry);
  },
});

function drawAll(greeting, suggestions, history, failed, waiting) {
  log.setAttribute("aria-live", "off"); // do not read out a restored conversation
  const first = { text: embedding.site.greeting || greeting, quick_replies: suggestions, time: null };
  messages.replaceChildren(botMessage(first, choose));
  drawn.clear();
  for (const message of history) {
    if (message.from === "bot") messages.append(botMessage(message, choose));
    else drawUser(message.text, message.payload, message.time);
  }
  for (const entry of [...failed, ...waiting]) drawn.set(entry.id, drawUser(entry.shown ?? entry.text, entry.text));
  for (const entry of failed) offerRetry(drawn.get(entry.id), entry);
  scrollDown();
  const answers = history.filter(({ from }) => from === "bot").map(({ time }) => time);
  embedding.arrived(answers, { restored: true });
  setTimeout(readOut, 500);
}

/** Draw a message of the user; a rating only marks its button. */
function drawUser(text, payload, time) {
  if (isFeedback(payload)) {
    closeButtons(messages, "ratings", payload);
    return document.createElement("li");
  }
  closeButtons(messages, "choices", payload);
  const item = userMessage(text, time);
  messages.append(item);
  return item;
}

const readOut = () => log.setAttribute("aria-live", "polite");

function send(text, shown) {
  readOut();
  const item = drawUser(shown ?? text, text);
  const entry = connection.send(text, shown, { language: language(), feedback: true });
  drawn.set(entry.id, item);
  if (!online) item.dataset.note = word("waiting");
  scrollDown();
}

function choose(payload, title) {
  send(payload, title);
  if (matchMedia("(pointer: fine)").matches) input.focus(); // on a phone this would open the keyboard
}

function offerRetry(item, entry) {
  const retry = document.createElement("button");
  retry.type = "button";
  retry.className = "retry";
  retry.textContent = word("failed");
  retry.addEventListener("click", () => {
    retry.remove();
    connection.retry(entry);
  });
  item.append(retry);
}

function add(item) {
  messages.append(item);
  scrollDown();
}

function scrollDown() {
  log.parentElement.scrollTop = log.parentElement.scrollHeight;
}

function showStatus() {
  const text = online ? "" : word(wasOnline ? "lost" : "connecting");
  if (status.textContent !== text) status.textContent = text;
}

const completions = completing(input, document.getElementById("completions"), document.getElementById("completed"), {
  ask: (text, signal) => (embedding.site.completes ? connection.complete(text, signal) : []),
  choose(text) {
    input.value = text;
    form.requestSubmit();
  },
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  if (text.length > LONGEST) {
    status.textContent = word("tooLong").replace("{length}", text.length).replace("{most}", LONGEST);
    return;
  }
  showStatus();
  completions.close();
  input.value = "";
  send(text);
});

input.addEventListener("keydown", (event) => {
  // While composing Chinese, Enter belongs to the input method (keyCode 229 in Safari).
  if (event.isComposing || event.keyCode === 229) return;
  if (completions.handle(event) || event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  form.requestSubmit();
});

document.getElementById("again").addEventListener("click", () => {
  if (!confirm(word("reallyAgain"))) return;
  connection.again();
  input.focus();
});

document.getElementById("language").addEventListener("click", () => {
  keep("language", language() === "zh" ? "en" : "zh");
  speak(recall("language"));
  showStatus();
  connection.refresh();
});

messages.addEventListener("load", scrollDown, true); // of images

messages.addEventListener("click", (event) => {
  const opened = event.target.closest("a.image");
  if (!opened?.querySelector("img") || event.ctrlKey || event.metaKey || event.shiftKey) return; // as the browser does
  event.preventDefault();
  picture.querySelector("img").src = opened.href;
  picture.showModal();
});
picture.addEventListener("click", (event) => event.target === picture && picture.close()); // beside it

const closing = document.getElementById("close");
closing.hidden = !embedded;
closing.addEventListener("click", embedding.close);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing && !picture.open) embedding.close();
});

speak(firstLanguage(recall("language")));
showStatus();
if (!embedded && matchMedia("(pointer: fine)").matches) input.focus();
embedding.begin((focus) => {
  scrollDown();
  if (focus) input.focus();
});
