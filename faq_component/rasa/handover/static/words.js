// Texts of the page in its two languages.

const WORDS = {
  zh: {
    title: "人工客服",
    otherLanguage: "English",
    name: "您的称呼",
    nameHint: "用户会看到",
    token: "口令",
    tokenHint: "启动 Rasa 时环境变量 FAQ_INBOX_TOKEN 的值；用 faq web 启动时，它在打印出来的网址里。",
    enter: "进入",
    wrongToken: "口令不对，请再输入一次",
    list: "会话",
    none: "现在没有等待的会话。",
    refused: "最近 24 小时有 {count} 次转人工的请求没有转进来：会话太多，或者同一来源太多。",
    choose: "请在列表里选择一个会话。",
    conversation: "打开的会话",
    messages: "消息",
    answer: "您的回复",
    placeholder: "回复用户；Enter 发送，Shift+Enter 换行",
    send: "发送",
    end: "交还机器人",
    lost: "连不上服务器，正在重试……",
    ended: "这个会话已经交还给机器人",
    waiting: "等待中",
    taken: "接待中",
    ending: "交还中",
    asked: "用户要找人工",
    misunderstood: "机器人几次没听懂",
    topic: "这个问题需要人工",
    rating: "用户说回答没用",
    user: "用户",
    bot: "机器人",
    person: "您",
    unsent: "还没送到用户",
    late: "没送到，正在重试",
    failed: "没能送到用户",
    before: "转接之前",
    unread: "有新消息",
    webChat: "网页",
  },
  en: {
    title: "Inbox",
    otherLanguage: "中文",
    name: "Your name",
    nameHint: "Users see it",
    token: "Token",
    tokenHint: "The value of FAQ_INBOX_TOKEN in Rasa's environment; with faq web it is in the address that was printed.",
    enter: "Enter",
    wrongToken: "The token is wrong; please type it again",
    list: "Conversations",
    none: "No conversation is waiting.",
    refused: "In the last 24 hours, {count} wishes for a person were refused: too many at once, or from one place.",
    choose: "Choose a conversation in the list.",
    conversation: "The conversation that is open",
    messages: "Messages",
    answer: "Your answer",
    placeholder: "Answer the user; Enter sends, Shift+Enter begins a line",
    send: "Send",
    end: "Hand back to the bot",
    lost: "The server cannot be reached, trying again…",
    ended: "This conversation was handed back to the bot",
    waiting: "waiting",
    taken: "in talk",
    ending: "being handed back",
    asked: "The user asked for a person",
    misunderstood: "The bot did not understand several times",
    topic: "The answer needs a person",
    rating: "The user found an answer useless",
    user: "User",
    bot: "Bot",
    person: "You",
    unsent: "not with the user yet",
    late: "not with the user, trying again",
    failed: "could not be sent to the user",
    before: "before the handover",
    unread: "new messages",
    webChat: "web chat",
  },
};

let chosen = "zh";

export const language = () => chosen;
export const word = (name) => WORDS[chosen][name];

/** The language chosen before, else Chinese in a Chinese browser, else English. */
export function firstLanguage(stored) {
  return stored in WORDS ? stored : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Write the texts of a language into all elements with `data-words`, `data-label` or `data-placeholder`. */
export function speak(code) {
  chosen = code;
  document.documentElement.lang = code;
  for (const part of document.querySelectorAll("[data-words]")) part.textContent = word(part.dataset.words);
  for (const part of document.querySelectorAll("[data-label]")) part.setAttribute("aria-label", word(part.dataset.label));
  for (const part of document.querySelectorAll("[data-placeholder]")) part.placeholder = word(part.dataset.placeholder);
  document.getElementById("language").lang = code === "zh" ? "en" : "zh";
}
