// Dialogs, the phone's menu, and small helps inside fields. Everything works by plain forms without it,
// except opening a dialog, which the page then offers as a page of its own.
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-opens], [data-closes], [data-menu], [data-reveal], [data-restore], [data-fills], [data-print]");
  if (!target) return;
  if (target.dataset.opens) {
    document.getElementById(target.dataset.opens)?.showModal();
  } else if ("closes" in target.dataset) {
    target.closest("dialog")?.close();
  } else if ("menu" in target.dataset) {
    const menu = document.getElementById(target.getAttribute("aria-controls"));
    const open = menu.classList.toggle("open");
    target.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("a")?.focus();
  } else if (target.dataset.reveal) {
    const field = document.getElementById(target.dataset.reveal);
    field.type = field.type === "password" ? "text" : "password";
    [target.textContent, target.dataset.other] = [target.dataset.other, target.textContent];
  } else if (target.dataset.restore) {
    const field = document.getElementById(target.dataset.restore);
    field.value = target.dataset.value;
    field.focus();
  } else if (target.dataset.fills) {
    // The keys stay with the page: what decides comes next.
    document.getElementById(target.dataset.fills).value = target.dataset.value;
  } else if ("print" in target.dataset) {
    window.print();
  }
});

// Digits of a code: spaces of a pasted one fall away, and the hint counts what is there.
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-code]")) return;
  event.target.value = event.target.value.replace(/\D/g, "").slice(0, 6);
});

// A form is sent once: a second press of a slow button is not a second decision.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches("[hx-post]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
