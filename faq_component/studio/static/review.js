// The keys of the review. They work only while the focus is in the card and in no text field, and can be switched off;
// each clicks the control that bears it, or goes to it.

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("#card");
  if (!card || event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("textarea, select, input:not([type=checkbox])");
  if (typing && event.key === "Escape") card.focus();
  if (typing && event.key === "Enter" && event.target.tagName === "INPUT") {
    event.preventDefault(); // the button of the field, not the first one of the form
    card.querySelector(`[data-enter="${event.target.name}"]`)?.click();
  }
  if (typing || !document.getElementById("keys").checked) return;
  const control = [...card.querySelectorAll("[data-key]")].find((one) => one.dataset.key.split(" ").includes(event.key));
  if (!control) return;
  event.preventDefault();
  if (control.tagName === "INPUT") return control.focus();
  control.click();
  if (control.tagName === "SUMMARY") control.parentElement.querySelector("input")?.focus();
});

// A new card has the focus, and with it the keys; while the first one is looked for, the focus stays where it is.
document.addEventListener("htmx:afterSwap", () => {
  const card = document.getElementById("card");
  if (card && (document.activeElement === document.body || !document.activeElement)) card.focus();
});

const keys = document.getElementById("keys");
keys.checked = localStorage.getItem("review-keys") !== "off";
keys.addEventListener("change", () => localStorage.setItem("review-keys", keys.checked ? "on" : "off"));
document.getElementById("card").focus();
