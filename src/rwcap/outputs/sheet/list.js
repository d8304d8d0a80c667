// The list: only the rows that are on the screen are built, and all have one height.

const EXTRA_ROWS = 4;
const scroller = byId("scroller");
const list = byId("list");
const rows = new Map();
let shown = [];
let current = null;
let isPrinting = false;

function rowHeight() {
  return parseFloat(getComputedStyle(list).minHeight); // the style says it there
}

/** Build the rows that are on the screen, and remove the others. */
function draw() {
  const height = rowHeight();
  const first = isPrinting ? 0 : Math.max(0, Math.floor(scroller.scrollTop / height) - EXTRA_ROWS);
  const last = isPrinting
    ? shown.length
    : Math.min(shown.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + EXTRA_ROWS);
  const wanted = new Set(shown.slice(first, last));
  for (const [index, row] of rows) {
    if (wanted.has(index)) continue;
    row.remove();
    rows.delete(index);
  }
  for (let place = first; place < last; place += 1) {
    const index = shown[place];
    if (!rows.has(index)) rows.set(index, newRow(index));
    const row = rows.get(index);
    row.style.transform = `translateY(${place * height}px)`;
    row.setAttribute("aria-posinset", place + 1);
    row.setAttribute("aria-setsize", shown.length);
    if (isPrinting || !row.parentNode) list.append(row);
    if (row.dataset.waits) fillThumbnail(row.querySelector(".thumb"), index, row);
  }
}

let isDrawing = false;
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

/** Choose and sort the pictures again. */
function showChosen() {
  shown = chosenPictures();
  list.style.height = `${shown.length * rowHeight()}px`;
  byId("nothing").hidden = shown.length > 0;
  const all = counted(pictures.length, "picture");
  byId("count").textContent =
    shown.length === pictures.length ? all : `${shownNumber(shown.length)} of ${all}`;
  scroller.scrollTop = 0;
  forgetRows();
}

function forgetRows() {
  for (const row of rows.values()) row.remove();
  rows.clear();
  draw();
}

/** Draw a row again: its text, its mark or its place as the chosen one has changed. */
function redraw(index) {
  const row = rows.get(index);
  if (!row) return;
  const other = newRow(index);
  for (const name of ["aria-posinset", "aria-setsize"]) other.setAttribute(name, row.getAttribute(name));
  other.style.transform = row.style.transform;
  row.replaceWith(other);
  rows.set(index, other);
}

function newRow(index) {
  const picture = pictures[index];
  const row = element("li", marks.has(index) ? "row marked" : "row");
  row.dataset.index = index;
  if (index === current) row.setAttribute("aria-current", "true");
  const label = element("label", "mark");
  const box = element("input");
  box.type = "checkbox";
  box.checked = marks.has(index);
  box.setAttribute("aria-label", `Mark ${shownName(picture.name)}`);
  label.append(box);
  const thumb = element("img", "thumb");
  row.append(label, thumb, newTexts(index, picture));
  fillThumbnail(thumb, index, row);
  return row;
}

/** Show the thumbnail; without one, say so. The row waits for one that is not read. */
function fillThumbnail(thumb, index, row) {
  const url = thumbnailOf(index);
  if (url === null) {
    row.dataset.waits = "1";
    return;
  }
  delete row.dataset.waits;
  if (!url) {
    thumb.replaceWith(element("span", "thumb no-thumb", "no picture"));
    return;
  }
  thumb.alt = "";
  thumb.decoding = "async";
  thumb.src = url;
}

function newTexts(index, picture) {
  const texts = element("div", "texts");
  const captions = element("div", "captions");
  picture.captions.forEach((caption, number) => {
    const part = element("div");
    if (picture.captions.length > 1) part.append(element("p", "label", shownName(caption.label ?? "")));
    const text = textOf(index, number);
    const paragraph = caption.error
      ? element("p", "caption error", caption.error)
      : element("p", "caption", isPrinting ? text : text.slice(0, MOST_IN_ROW));
    paragraph.dir = directionOf(paragraph.textContent);
    part.append(paragraph, newFacts(index, number, caption, text));
    captions.append(part);
  });
  texts.append(element("p", "name", shownName(picture.name)), captions);
  return texts;
}

function newFacts(index, number, caption, text) {
  const line = element("p", "facts");
  line.append(element("span", "status", caption.status));
  for (const check of checksOf(caption)) line.append(element("span", "fault", check));
  if (text) line.append(element("span", "", counted(wordCount(text), "word")));
  if (caption.cost !== undefined) line.append(element("span", "", `$${caption.cost}`));
  if (edits.get(index)?.number === number) line.append(element("span", "is-edited", "edited"));
  return line;
}

/** Make a picture the chosen one, and bring its row onto the screen. */
function choose(index) {
  const before = current;
  current = index;
  showDetails(index);
  const place = shown.indexOf(index);
  if (place >= 0) {
    const height = rowHeight();
    const top = place * height;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + height > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = top + height - scroller.clientHeight;
    draw();
  }
  for (const each of [before, index]) if (each !== null) redraw(each);
}

function chooseBy(step) {
  if (!shown.length) return;
  const place = shown.indexOf(current);
  const next = place < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, place + step));
  choose(shown[next]);
}
