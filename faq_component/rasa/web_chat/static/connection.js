// The conversation with Rasa's SocketIO channel. Messages wait here until the server confirms that they are handled, so
// the typing indicator ends with the last answer, and a lost connection neither loses nor duplicates messages.

import { io } from "./vendor/socket.io.esm.min.js";
import { forget, keep, recall } from "./storage.js";
import { language } from "./words.js";

const ANSWER_WITHIN = 60_000; // milliseconds
const TRY_AGAIN_AFTER = 2_000;

export class Connection {
  #socket;
  #online = false;
  #sending = false;
  #waiting = [];
  #failed = [];
  #completes = false;
  #session = null; // joined by this page; another tab may store another
  #on;

  /**
   * @param on callbacks: `status(online)`, `history(greeting, suggestions, messages, failed, waiting)`,
   *   `message(message)`, `elsewhere(message)` that the user sent from another tab, `waiting(entries)` of unanswered
   *   messages, `failed(entry)`.
   */
  constructor(on) {
    this.#on = on;
    this.#socket = io({ path: new URL("socket.io/", location.href).pathname, reconnectionDelayMax: 3_000 });
    this.#socket.on("connect", () => this.#begin());
    this.#socket.on("disconnect", () => this.#setOnline(false));
    this.#socket.on("connect_error", () => this.#setOnline(false));
    this.#socket.on("session_confirm", (id) => {
      this.#session = id;
      keep("session", id);
      this.#catchUp();
    });
    this.#socket.on("bot_uttered", ({ metadata, ...message }) => {
      if (this.#online) this.#on.message({ ...message, time: metadata?.time });
    });
    this.#socket.on("user_uttered", (message) => this.#online && this.#on.elsewhere(message));
  }

  /** Send now, or after the reconnection; `shown` is the text that the user sees for a button's payload. */
  send(text, shown, metadata) {
    const entry = { id: randomId(), text, shown, metadata };
    this.#waiting.push(entry);
    this.#flush();
    return entry;
  }

  /** Resend a message that got no answer. */
  retry(entry) {
    this.#failed = this.#failed.filter((other) => other !== entry);
    this.#waiting.push(entry);
    this.#flush();
  }

  /** The questions that a text may become; none where the server does not complete, or is away. */
  async complete(text, signal) {
    if (!this.#completes || !this.#online) return [];
    try {
      const response = await this.#ask("complete", { text }, signal);
      return response.ok ? (await response.json()).questions : [];
    } catch {
      return []; // another key was pressed meanwhile, or the connection is lost
    }
  }

  /** Redraw the conversation so far. */
  refresh() {
    if (this.#online) this.#catchUp();
  }

  /** Leave this conversation and begin another. */
  again() {
    this.#waiting = [];
    this.#failed = [];
    this.#session = null;
    forget("session");
    this.#setOnline(false);
    this.#socket.disconnect().connect();
  }

  #begin() {
    this.#socket.emit("session_request", { session_id: this.#session ?? (recall("session") || null) });
  }

  #ask(what, values, signal) {
    return fetch(new URL(what, location.href), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ session_id: this.#session, ...values }),
      signal,
    });
  }

  async #catchUp() {
    const session = this.#session;
    try {
      const response = await this.#ask("conversation", { language: language() });
      if (response.status === 400) {
        this.#session = null;
        forget("session");
        this.#begin();
        return;
      }
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { greeting, suggestions, messages, completes } = await response.json();
      if (session !== this.#session) return;
      this.#completes = completes;
      const known = new Set(messages.map((message) => message.id));
      this.#waiting = this.#waiting.filter((entry) => !known.has(entry.id));
      this.#failed = this.#failed.filter((entry) => !known.has(entry.id));
      this.#on.history(greeting, suggestions, messages, this.#failed, this.#waiting);
    } catch (error) {
      console.warn("The conversation could not be read:", error);
      if (this.#socket.connected) setTimeout(() => this.#catchUp(), TRY_AGAIN_AFTER);
      return;
    }
    this.#setOnline(this.#socket.connected);
    this.#flush();
  }

  // One at a time: concurrent messages of a conversation wait for its lock.
  #flush() {
    this.#on.waiting(this.#waiting);
    const [entry] = this.#waiting;
    if (!entry || !this.#online || this.#sending) return;
    this.#sending = true;
    const again = entry.sent;
    entry.sent = true;
    const message = {
      message: entry.text,
      session_id: this.#session,
      metadata: { ...entry.metadata, id: entry.id, shown: entry.shown },
    };
    this.#socket.timeout(ANSWER_WITHIN).emit("user_uttered", message, (error) => {
      this.#sending = false;
      if (error && !this.#socket.connected) return; // it is sent again after the reconnection
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      if (error) {
        this.#failed.push(entry);
        this.#on.failed(entry);
      }
      if (again && !error) this.#catchUp(); // answers to the first sending may have gone to the lost connection
      else this.#flush();
    });
  }

  #setOnline(online) {
    this.#online = online;
    this.#on.status(online);
    this.#on.waiting(this.#waiting);
  }
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12)); // randomUUID needs HTTPS
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
