// The start of the page, and what follows from the mouse, the window and the printer.

const form = document.querySelector("form[role=search]");

document.title = `${shownName(facts.title)}: contact sheet`;
byId("title").textContent = shownName(facts.title);
const phrases = Object.entries(facts.phrases).map(([phrase, count]) => `“${phrase}” in ${shownNumber(count)} captions`);
byId("about").textContent = [`${facts.made}, rwcap ${facts.version}`, ...phrases].join("; ");
function showPages({ number, total, all, before, after }) {
  const add = (text, url) => {
    const link = element("a", "", text);
    link.href = url;
    byId("pages").append(link);
  };
  byId("pages").hidden = total === 1;
  byId("pages").append(element("span", "", `Page ${number} of ${total}`));
  if (before) add("Page before", before);
  if (after) add("Next page", after);
  add("All pages", all);
}

showPages(facts.pages);
if (matchMedia("(max-width: 700px)").matches) byId("filters").open = false;

form.addEventListener("input", showChosen);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(showChosen));

list.addEventListener("change", (event) => {
  const index = Number(event.target.closest(".row").dataset.index);
  mark(index, event.target.checked);
  event.target.closest(".row").classList.toggle("marked", event.target.checked);
  showCounts();
});
list.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row && !event.target.closest(".mark")) choose(Number(row.dataset.index));
});

scroller.addEventListener("scroll", drawSoon, { passive: true });
window.addEventListener("resize", () => {
  list.style.height = `${shown.length * rowHeight()}px`;
  drawSoon();
});
window.addEventListener("beforeprint", () => {
  isPrinting = true;
  forgetRows();
});
window.addEventListener("afterprint", () => {
  isPrinting = false;
  forgetRows();
});

const most = pictures.reduce((found, each) => Math.max(found, each.captions.length), 1);
document.body.classList.toggle("several", most > 1);
document.body.style.setProperty("--captions", most);
restore();
fillFilters();
showChosen();
showCounts();
const reading = setInterval(draw, 100);
document.addEventListener("DOMContentLoaded", () => {
  clearInterval(reading);
  draw();
});
