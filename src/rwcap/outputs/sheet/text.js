"use strict";

// Texts of captions, names and messages. What comes from outside is put into the page
// with `textContent` alone.

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const MOST_IN_ROW = 600;

/** Return the name of a file on one line; characters that change a line are marked. */
function shownName(name) {
  return name.replace(CONTROLS, "\ufffd");
}

/** Return a number with separators between thousands. */
function shownNumber(number) {
  return number.toLocaleString("en-US");
}

/** Return "1 word", "2 words". */
function counted(number, noun) {
  return `${shownNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return the number of words between white space. */
function wordCount(text) {
  const found = text.match(/\S+/g);
  return found ? found.length : 0;
}

/** Return a cell of a CSV file as `rwcap.core.csv_rows` writes it. */
function csvCell(text) {
  const safe = /^'*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",;|\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Return the direction of a text by its first letter: `dir=auto` is slow in fields. */
function directionOf(text) {
  const first = text.match(/\p{L}/u);
  return first && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(first[0]) ? "rtl" : "ltr";
}

/** Return a new element with a class and a text. */
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function byId(id) {
  return document.getElementById(id);
}
