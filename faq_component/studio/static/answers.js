// The fields below an answer write its object of Rasa's format into the answer's text field, and show what is in it.

const PLAIN = ["text"];

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null; // a text, perhaps one in braces
  }
}

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const parted = (line, sign) => line.split(sign).map((part) => part.trim());

function fill(rich) {
  const area = rich.parentElement.querySelector("[name=response]");
  const answer = parsed(area.value) ?? { text: area.value };
  const values = {
    text: answer.text,
    buttons: answer.buttons?.map((button) => [button.title, button.payload].filter(Boolean).join(" | ")).join("\n"),
    image: answer.image,
    attachment: answer.attachment,
    channel: answer.channel,
    conditions: answer.conditions?.map((condition) => `${condition.name} = ${condition.value}`).join("\n"),
  };
  for (const [key, value] of Object.entries(values)) rich.querySelector(`[data-key=${key}]`).value = value ?? "";
}

function write(rich) {
  const area = rich.parentElement.querySelector("[name=response]");
  const before = parsed(area.value) ?? {};
  const typed = (key) => rich.querySelector(`[data-key=${key}]`).value.trim();
  const answer = { ...before, text: typed("text"), image: typed("image"), attachment: typed("attachment"), channel: typed("channel") };
  answer.buttons = lines(typed("buttons")).map((line) => {
    const [title, payload] = parted(line, "|");
    const known = before.buttons?.find((button) => button.title === title) ?? {};
    return payload ? { ...known, title, payload } : { ...known, title };
  });
  answer.conditions = lines(typed("conditions"))
    .map((line) => parted(line, "="))
    .map(([name, value]) => before.conditions?.find((one) => one.name === name && String(one.value) === value) ?? { type: "slot", name, value: value ?? "" });
  for (const [key, value] of Object.entries(answer)) if (!value || value.length === 0) delete answer[key];
  const isPlain = Object.keys(answer).every((key) => PLAIN.includes(key));
  area.value = isPlain ? (answer.text ?? "") : JSON.stringify(answer, null, 2);
  area.rows = isPlain ? Math.max(2, area.value.split("\n").length) : 3;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  const rich = event.target.closest?.(".rich");
  if (rich && event.target.dataset.key) write(rich);
});

document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.classList?.contains("rich") && event.target.open) fill(event.target);
  },
  true,
);

document.addEventListener("DOMContentLoaded", () => {
  for (const rich of document.querySelectorAll(".rich")) {
    rich.hidden = false;
    const area = rich.parentElement.querySelector("[name=response]");
    if (!parsed(area.value)) continue;
    rich.open = true; // its fields are easier to read than the object
    area.rows = 3;
  }
});
