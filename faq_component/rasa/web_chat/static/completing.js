// Completion of what is typed: a box with a list, as the combobox of the ARIA practices. A box of several lines may not have
// that role, so a live text says how many texts there are. The focus stays in the box.

import { word } from "./words.js";

const AFTER = 80; // milliseconds without a key
const SHORTEST = 1; // characters
const LONGEST = 100;

/**
 * Offer completions in a list beside the box.
 * @param ask returns the texts for what is typed; the signal aborts it. `choose` is called with the text taken.
 */
export function completing(input, list, status, { ask, choose }) {
  let texts = [];
  let selected = -1;
  let waiting = 0;
  let asking = null;

  function show(found) {
    texts = found;
    selected = -1;
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    status.textContent = found.length ? word("completed").replace("{count}", found.length) : "";
    mark();
  }

  function option(text, place) {
    const item = document.createElement("li");
    item.id = `completion-${place}`;
    item.setAttribute("role", "option");
    item.textContent = text;
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the box
    item.addEventListener("click", () => take(place));
    return item;
  }

  function mark() {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === selected)));
    if (selected < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[selected].id);
      list.children[selected].scrollIntoView({ block: "nearest" });
    }
  }

  function take(place) {
    const text = texts[place];
    close();
    choose(text);
  }

  function close() {
    clearTimeout(waiting);
    asking?.abort();
    if (!list.hidden) show([]);
  }

  function move(by) {
    const places = texts.length + 1; // the one more is the box itself
    selected = ((selected + 1 + by + places) % places) - 1;
    mark();
  }

  async function look() {
    const text = input.value;
    asking?.abort();
    const trimmed = text.trim();
    if (trimmed.length < SHORTEST || trimmed.length > LONGEST || text.includes("\n")) return show([]);
    const mine = (asking = new AbortController());
    const found = await ask(trimmed, mine.signal);
    if (mine.signal.aborted || input.value !== text || document.activeElement !== input) return;
    show(found.filter((one) => one !== trimmed));
  }

  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, AFTER);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, AFTER);
  });
  input.addEventListener("blur", close);

  return {
    close,
    /** Handle a key of the box; whether it was meant for the list. */
    handle(event) {
      if (list.hidden || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
      if (event.key === "ArrowDown") move(1);
      else if (event.key === "ArrowUp") move(-1);
      else if (event.key === "Escape") close();
      else if (event.key === "Enter" && selected >= 0) take(selected);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}
