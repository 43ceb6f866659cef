// Single keys press what carries them: data-key clicks, data-focus-key moves into a field, data-cycle-key
// chooses the next of a list.
// Inside a field keys write; Escape leaves it. A key that is held or has a modifier does nothing.
const writes = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox]):not([type=radio]), select, textarea"));

const visible = (element) => element.getClientRects().length > 0 && !element.disabled;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const inDialog = document.querySelector("dialog[open]");
  if (writes(event.target)) {
    // A reason with several decisions beside it sends none by itself: Enter hands the keys back.
    const several = event.key === "Enter" && event.target.closest("form[data-decision]");
    if (several) event.preventDefault();
    if ((event.key === "Escape" || several) && !inDialog) event.target.blur();
    return;
  }
  if (inDialog || event.key.length !== 1) return;
  const key = CSS.escape(event.key);
  const field = [...document.querySelectorAll(`[data-focus-key="${key}"]`)].find(visible);
  if (field) {
    event.preventDefault();
    field.focus();
    field.select?.();
    return;
  }
  const list = [...document.querySelectorAll(`[data-cycle-key="${key}"]`)].find(visible);
  if (list) {
    event.preventDefault();
    list.selectedIndex = (list.selectedIndex + 1) % list.options.length;
    list.dispatchEvent(new Event("change", { bubbles: true }));
    const said = list.parentElement.querySelector("[role=status]");
    if (said) said.textContent = list.selectedOptions[0].text;
    return;
  }
  const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find(visible);
  if (!target) return;
  event.preventDefault();
  const form = target.closest("form");
  const empty = form && [...form.querySelectorAll(":required")].find((one) => !one.value.trim());
  // The reason is asked once: a decision's key leads to it while it is empty.
  if (empty) {
    empty.focus();
    empty.reportValidity();
    return;
  }
  target.click();
});

// j and k also walk rows that carry data-row, where a page has no button for them.
document.addEventListener("keydown", (event) => {
  if (writes(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "j" && event.key !== "k") return;
  if (document.querySelector(`[data-key="${event.key}"]`)) return;
  const rows = [...document.querySelectorAll("[data-row] a.name")].filter(visible);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.closest("[data-row]").contains(document.activeElement));
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
  event.preventDefault();
  rows[next].focus();
});

// m makes the row that j and k stand on one's own or gives it back.
document.addEventListener("keydown", (event) => {
  if (writes(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key !== "m" || document.querySelector("dialog[open]")) return;
  const mine = document.activeElement?.closest("[data-row]")?.querySelector("[data-mine]");
  if (!mine) return;
  event.preventDefault();
  mine.click();
});

// x chooses the row that j and k stand on, l all rows of its listed party.
document.addEventListener("keydown", (event) => {
  if (writes(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key !== "x" && event.key !== "l") return;
  const box = document.activeElement?.closest("[data-row]")?.querySelector("[data-entry]");
  if (!box) return;
  event.preventDefault();
  const boxes = event.key === "x" ? [box] : document.querySelectorAll(`[data-entry="${CSS.escape(box.dataset.entry)}"]`);
  const checked = !box.checked;
  for (const one of boxes) one.checked = checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
});
