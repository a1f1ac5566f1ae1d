// The chat on a page of any site: a button that opens the chat page of the script's own server in a frame.
//
//   <script src="https://bot.example/chat/faq-chat.js" data-title="Ask us" data-color="#1f6f5c" defer></script>
//
// The page needs no more of its content security policy than `script-src https://bot.example` and
// `frame-src https://bot.example`: styles are constructed, and no markup is parsed. docs/guides/web-chat.md has all.

(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.faqChat) return;

  const WORDS = {
    zh: { title: "在线客服", close: "关闭对话", unread: "{count} 条未读" },
    en: { title: "Customer service", close: "Close the chat", unread: "{count} unread" },
  };
  const READY_WITHIN = 5_000; // milliseconds after the frame has loaded
  const MOST_SHOWN = 9; // of unread messages
  const KEPT = ["session", "language", "seen"]; // what the chat page keeps here where the browser lets it keep nothing
  const given = script.dataset;
  const server = new URL(".", script.src); // .../chat/
  const asked = given.language ?? "";
  const language = asked in WORDS ? asked : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  const words = WORDS[language];
  const title = given.title || words.title;
  const color = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(given.color ?? "") ? given.color : "";
  const ink = isLight(color) ? "#000" : "#fff";
  const hiddenOn = (given.hiddenOn ?? "").split(",").map((path) => path.trim()).filter(Boolean);

  const STYLE = `
    :host { all: initial !important; position: fixed !important; z-index: 2147483000 !important;
      inset: auto !important; font: 16px/1.4 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif !important; }
    :host([hidden]) { display: none !important; }
    [hidden] { display: none !important; }
    button { all: unset; box-sizing: border-box; position: fixed; bottom: max(1.25rem, env(safe-area-inset-bottom));
      inset-inline-end: 1.25rem; width: 3.5rem; height: 3.5rem; border-radius: 50%; display: grid; place-items: center;
      background: var(--color); color: var(--on-color); cursor: pointer; box-shadow: 0 2px 12px rgb(0 0 0 / 35%); }
    button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #17211e; }
    svg { width: 1.75rem; height: 1.75rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
      stroke-linejoin: round; }
    b { position: absolute; top: -.25rem; inset-inline-end: -.25rem; box-sizing: border-box; min-width: 1.5rem;
      height: 1.5rem; padding: 0 .375rem; border-radius: .75rem; border: 2px solid #fff; background: #b3261e;
      color: #fff; font-size: .8125rem; font-weight: 600; line-height: 1.25rem; text-align: center; }
    section { position: fixed; bottom: 5.75rem; inset-inline-end: 1.25rem; width: 24rem;
      height: min(40rem, 100dvh - 7rem); border-radius: 1rem; overflow: hidden; background: #fff;
      box-shadow: 0 4px 32px rgb(0 0 0 / 35%); }
    .left :is(button, section) { inset-inline: 1.25rem auto; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    .status { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    @media (prefers-color-scheme: dark) { section { background: #121816; } }
    @media (max-width: 30rem) {
      section, .left section { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
      .open button { display: none; }
    }
    @media (forced-colors: active) { button { border: 2px solid ButtonText; } }
    @media print { :host { display: none !important; } }
  `;

  const host = document.createElement("faq-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const all = element("div", { className: given.position === "left" ? "left" : "" });
  const bubble = element("button", { type: "button" });
  const badge = element("b", { hidden: true });
  const status = element("p", { className: "status" });
  const panel = element("section", { id: "panel", hidden: true });
  let frame = null;
  let ready = false;
  let isOpen = false;
  let unread = 0;

  bubble.setAttribute("aria-controls", "panel");
  status.setAttribute("role", "status");
  badge.setAttribute("aria-hidden", "true");
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", title);
  bubble.append(drawing(), badge);
  all.append(panel, bubble, status);
  root.append(all);
  all.style.setProperty("--color", color || "#1f6f5c");
  all.style.setProperty("--on-color", ink);
  bubble.addEventListener("click", () => (isOpen ? close() : open()));
  root.addEventListener("keydown", (event) => event.key === "Escape" && isOpen && close());
  window.addEventListener("message", receive);

  /** Open the chat, and move the focus into it unless told otherwise. */
  function open(focus = true) {
    load();
    isOpen = true;
    kept("open", "1");
    show();
    if (focus) frame.focus();
    tell("opened", { focus });
  }

  /** Close the chat; the focus goes back to the button. */
  function close() {
    isOpen = false;
    kept("open", "");
    const focused = root.activeElement !== null;
    show();
    if (focused) bubble.focus();
    tell("closed");
  }

  function show() {
    panel.hidden = !isOpen;
    all.classList.toggle("open", isOpen);
    bubble.setAttribute("aria-expanded", String(isOpen));
    const count = unread ? words.unread.replace("{count}", unread) : "";
    bubble.setAttribute("aria-label", isOpen ? words.close : count ? `${title}, ${count}` : title);
    badge.hidden = isOpen || !unread;
    badge.textContent = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
    const said = isOpen ? "" : count;
    if (status.textContent !== said) status.textContent = said;
  }

  /** Load the chat page, once; its fragment tells it what it is to look like, and who may be told of messages. */
  function load() {
    if (frame) return;
    const told = { title: given.title, color, ink: color && ink, greeting: given.greeting, language: asked in WORDS ? asked : "" };
    const recalled = Object.fromEntries(KEPT.map((key) => [`kept.${key}`, kept(`kept.${key}`)]));
    const values = Object.entries({ ...told, ...recalled, complete: given.complete, origin: location.origin });
    const page = new URL(server);
    page.hash = new URLSearchParams(values.filter(([, value]) => value));
    frame = element("iframe", { title, src: page.href });
    frame.addEventListener("load", () => setTimeout(complain, READY_WITHIN));
    panel.append(frame);
  }

  function complain() {
    if (ready) return;
    console.warn(`faq-chat: ${server.href} shows no chat here. Add ${location.origin} to "origins" of the web chat in its credentials.yml.`);
  }

  function receive(event) {
    if (event.origin !== server.origin || !frame || event.source !== frame.contentWindow) return;
    const { faqChat: kind, count, key, value } = event.data ?? {};
    if (kind === "ready") {
      ready = true;
      kept("begun", "1");
      tell(isOpen ? "opened" : "closed", { focus: isOpen && root.activeElement !== null });
    } else if (kind === "unread" && Number.isInteger(count)) {
      unread = count;
      show();
    } else if (kind === "keep" && KEPT.includes(key) && typeof value === "string" && value.length < 100) {
      kept(`kept.${key}`, value);
    } else if (kind === "close" && isOpen) {
      close();
      bubble.focus();
    }
  }

  function tell(kind, more = {}) {
    if (ready) frame.contentWindow.postMessage({ faqChat: kind, ...more }, server.origin);
  }

  /** Hide the chat on the pages that the site names: a path, and those below it. */
  function place() {
    const path = location.pathname;
    host.hidden = hiddenOn.some((one) => path === one || path.startsWith(one.endsWith("/") ? one : `${one}/`));
  }

  function begin() {
    place();
    // Pages that change their address without loading; where the browser does not tell of it, looked at now and then.
    if (window.navigation) window.navigation.addEventListener("currententrychange", place);
    else setInterval(place, 1_000);
    show();
    document.body.append(host);
    if (host.hidden) return;
    if (kept("open")) open(false);
    else if (kept("begun")) load(); // to learn of unread messages
  }

  /** Keep or recall a value for this tab; a browser that refuses has none. */
  function kept(key, value) {
    try {
      if (value === undefined) return sessionStorage.getItem(`faq-chat.${key}`);
      sessionStorage.setItem(`faq-chat.${key}`, value);
    } catch {
      // It is as if the page were new.
    }
    return null;
  }

  function element(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }

  function drawing() {
    const space = "http://www.w3.org/2000/svg";
    const image = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    image.setAttribute("viewBox", "0 0 24 24");
    image.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M20 11.5a7.5 7 0 0 1-11 6.2L4 19l1.4-4.1A7 7 0 1 1 20 11.5ZM9 10.5h6M9 13.5h4");
    image.append(path);
    return image;
  }

  /** Whether black is easier to read on a colour than white (WCAG's relative luminance). */
  function isLight(hex) {
    if (!hex) return false;
    const long = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : hex.slice(1).match(/../g);
    const [red, green, blue] = long.map((pair) => {
      const share = parseInt(pair, 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
  }

  window.faqChat = Object.freeze({ open: () => open(), close: () => isOpen && close() });
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
