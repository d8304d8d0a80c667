// Marks and edited texts. The browser keeps them, so that a page that is opened again
// has them.

const marks = new Set();
const edits = new Map();
const KEY = `rwcap ${facts.id}`;
let unsaved = false;

/** Keep marks and edits; a browser that keeps nothing asks before the page is left. */
function keep() {
  const kept = { marks: [...marks], edits: [...edits] };
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
    unsaved = false;
  } catch {
    unsaved = edits.size > 0;
  }
}

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    for (const index of kept.marks) if (pictures[index]) marks.add(index);
    for (const [index, { number, text }] of kept.edits)
      if (pictures[index]?.captions[number]) edits.set(index, { number, text: String(text) });
  } catch {
    // nothing is kept
  }
}

function mark(index, isMarked) {
  if (isMarked) marks.add(index);
  else marks.delete(index);
  keep();
}

/** Store the text of a caption; the original text is no edit. */
function edit(index, number, text) {
  if (text === (pictures[index].captions[number].text ?? "")) edits.delete(index);
  else edits.set(index, { number, text });
  keep();
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
