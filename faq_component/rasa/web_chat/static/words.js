// Texts of the page in its two languages.

import { site } from "./embedding.js";

const WORDS = {
  zh: {
    title: "在线客服",
    otherLanguage: "English",
    again: "新对话",
    reallyAgain: "开始新对话？现在的对话将不再显示。",
    conversation: "对话",
    yourMessage: "您的消息",
    placeholder: "请输入您的问题",
    send: "发送",
    typing: "对方正在输入",
    connecting: "正在连接……",
    lost: "连接断开，正在重连……",
    waiting: "连接恢复后发送",
    failed: "没有收到回答，点此重发",
    you: "您说：",
    bot: "客服说：",
    useful: "有用",
    useless: "没用",
    rating: "这个回答",
    image: "图片",
    file: "附件",
    choices: "请选择",
    close: "关闭",
    closeChat: "关闭对话",
    completions: "您是不是要问",
    completed: "{count} 条可选",
    tooLong: "消息有 {length} 个字，最多 {most} 个；请缩短后再发",
  },
  en: {
    title: "Customer service",
    otherLanguage: "中文",
    again: "New chat",
    reallyAgain: "Start a new chat? This one will no longer be shown.",
    conversation: "Conversation",
    yourMessage: "Your message",
    placeholder: "Type your question",
    send: "Send",
    typing: "The bot is typing",
    connecting: "Connecting…",
    lost: "Connection lost, reconnecting…",
    waiting: "Will be sent once reconnected",
    failed: "No answer came. Send again",
    you: "You said:",
    bot: "The bot said:",
    useful: "Helpful",
    useless: "Not helpful",
    rating: "This answer is",
    image: "Image",
    file: "Attachment",
    choices: "Choose",
    close: "Close",
    closeChat: "Close the chat",
    completions: "Questions that fit",
    completed: "{count} to choose from",
    tooLong: "The message has {length} characters, at most {most} are possible; shorten it",
  },
};

let chosen = "zh";

export const language = () => chosen;
export const word = (name) => (name === "title" && site.title) || WORDS[chosen][name];

/** The language chosen before, else that of the site, else Chinese in a Chinese browser, else English. */
export function firstLanguage(stored) {
  const given = [stored, site.language].find((code) => code in WORDS);
  return given ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
}

/** Write the texts of a language into all elements with `data-words`, `data-label` or `data-placeholder`. */
export function speak(code) {
  chosen = code;
  document.documentElement.lang = code;
  document.title = word("title");
  for (const part of document.querySelectorAll("[data-words]")) part.textContent = word(part.dataset.words);
  for (const part of document.querySelectorAll("[data-label]")) part.setAttribute("aria-label", word(part.dataset.label));
  for (const part of document.querySelectorAll("[data-alt]")) part.alt = word(part.dataset.alt);
  for (const part of document.querySelectorAll("[data-placeholder]")) part.placeholder = word(part.dataset.placeholder);
  document.getElementById("language").lang = code === "zh" ? "en" : "zh";
}
