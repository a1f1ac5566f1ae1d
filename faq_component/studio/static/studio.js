// Fields that are added and taken away, and the box that is empty again after a message. No page needs it to be saved.

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.add !== undefined) add(button.closest("[data-list]"));
  if (button?.dataset.remove !== undefined) remove(button.closest(".item"));
  if (button?.dataset.open) for (const one of document.querySelectorAll(button.dataset.open)) one.open = true;
});

document.addEventListener("keydown", (event) => {
  const list = event.target.closest?.('[data-list="post"]');
  if (event.key !== "Enter" || event.isComposing || !list || event.target.tagName !== "INPUT") return;
  event.preventDefault(); // the next phrasing, not the end of the form
  add(list);
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id !== "ask" || !event.detail.successful) return;
  event.target.elements.text.value = "";
  event.target.elements.text.focus();
});

// After htmx, which listens for it before: what was typed before the scripts were there counts like what is typed later.
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("input, textarea"))
    if (field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
});

let unsaved = false;
document.addEventListener("input", (event) => {
  unsaved ||= event.target.form?.id === "topic";
});
document.addEventListener("submit", () => {
  unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

for (const field of document.querySelectorAll("[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value; // that of the person, not of the studio
}

// Times of a list, in the time zone of the person, which its heading names.
for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  if (!Number.isNaN(at.valueOf())) time.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
for (const name of document.querySelectorAll("[data-zone-name]"))
  name.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone || name.textContent;

function add(list) {
  const items = list.querySelectorAll(".item");
  const item = items[items.length - 1].cloneNode(true);
  for (const field of item.querySelectorAll("input, textarea, select")) field.value = "";
  for (const opened of item.querySelectorAll("details[open]")) opened.open = false;
  items[items.length - 1].after(item);
  item.querySelector("input, textarea").focus();
}

function remove(item) {
  const list = item.parentElement;
  for (const field of item.querySelectorAll("input, textarea, select")) field.value = "";
  if (list.querySelectorAll(".item").length > 1) item.remove();
  unsaved = true;
  list.closest("form").dispatchEvent(new Event("removed", { bubbles: true }));
  list.querySelector(".item input, .item textarea").focus();
}

for (const kind of ["dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    const field = event.target.closest?.(".drop");
    if (!field) return;
    event.preventDefault();
    field.classList.toggle("over", kind === "dragover");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    field.querySelector("input").files = event.dataTransfer.files;
    field.closest("form").requestSubmit();
  });

// Remarks stand beside the field that they are about; those on several fields, or none, stay in their list.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "remarks") return;
  const form = document.getElementById("topic");
  for (const old of form.querySelectorAll(".beside")) old.remove();
  for (const field of form.querySelectorAll("[aria-describedby^='remark-']")) field.removeAttribute("aria-describedby");
  const fields = [...form.querySelectorAll("input[name=title], input[name=post], textarea[name=response]")];
  let number = 0;
  for (const remark of event.target.querySelectorAll("li[data-text]")) {
    const found = fields.filter((field) => field.value.trim() === remark.dataset.text.trim());
    if (!found.length) continue;
    const field = found[found.length - 1];
    const note = document.createElement("p");
    note.className = "beside";
    note.id = field.getAttribute("aria-describedby") ?? `remark-${(number += 1)}`;
    for (const node of remark.childNodes) if (node.nodeName !== "Q") note.append(node.cloneNode(true));
    const before = document.getElementById(note.id);
    if (before) before.append(" ", ...note.childNodes);
    else (field.closest(".item") ?? field.closest("label")).after(note);
    field.setAttribute("aria-describedby", note.id);
    remark.remove();
  }
  const moved = event.target.querySelector("[data-moved]");
  if (moved) moved.hidden = event.target.querySelector("li") !== null;
});

const wanted = new URLSearchParams(location.search).get("at");
if (wanted)
  document.addEventListener("DOMContentLoaded", () => {
    const fields = [...document.querySelectorAll("#topic input, #topic textarea")];
    fields.find((field) => field.value.replace(/\s+/g, " ").trim() === wanted.replace(/\s+/g, " ").trim())?.focus();
  });
