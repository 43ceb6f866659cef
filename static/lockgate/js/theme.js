// Runs before the first paint: the saved theme, or the system's. A classic script, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const saved = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const show = () => {
    const theme = saved() ?? (system.matches ? "dark" : "light");
    root.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.textContent = theme === "dark" ? button.dataset.light : button.dataset.dark;
    }
  };
  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", theme); } catch { /* private window: holds for this page */ }
    root.dataset.bsTheme = theme;
    show();
  });
})();
