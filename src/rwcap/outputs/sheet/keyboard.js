// Keys. In a field they write, and only Escape leaves it.

function toggleMark(index) {
  mark(index, !marks.has(index));
  redraw(index);
  showCounts();
}

const KEYS = {
  j: () => chooseBy(1),
  k: () => chooseBy(-1),
  x: () => current !== null && toggleMark(current),
  e: () => details.querySelector("textarea")?.focus(),
  "/": () => {
    byId("filters").open = true;
    byId("search").focus();
  },
  "?": () => byId("keys").showModal(),
};

function isField(target) {
  return target.matches("textarea, select, input:not([type=checkbox])");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  if (event.key === "Escape") {
    if (isField(event.target)) {
      event.target.blur();
      scroller.focus({ preventScroll: true });
    } else hideDetails();
    return;
  }
  if (isField(event.target) || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});
byId("show-keys").addEventListener("click", KEYS["?"]);
