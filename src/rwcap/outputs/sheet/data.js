// The pictures of the page, and what can be counted of each.

const facts = JSON.parse(byId("facts").textContent);
const pictures = JSON.parse(byId("pictures").textContent);
byId("pictures").remove();

/** Return the text of a caption, as edited here. */
function textOf(index, number = 0) {
  const edit = edits.get(index);
  if (edit && edit.number === number) return edit.text;
  return pictures[index].captions[number].text ?? "";
}

function promptOf(caption) {
  return typeof caption.prompt === "number" ? facts.prompts[caption.prompt] : caption.prompt;
}

function checksOf(caption) {
  return caption.checks ? Object.keys(caption.checks) : [];
}

function folderOf(name) {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

const SHOWN_BLOCKS = 24;
const blocks = document.getElementsByClassName("thumbnails");
const read = new Map();

/** Return the thumbnail of a picture as a URL; empty without one. */
function thumbnailOf(index) {
  const block = Math.floor(index / facts.block);
  let found = read.get(block);
  read.delete(block);
  if (!found) {
    try {
      found = JSON.parse(blocks[block].textContent);
    } catch {
      return null; // the browser has not read it yet
    }
  }
  read.set(block, found);
  if (read.size > SHOWN_BLOCKS) read.delete(read.keys().next().value);
  const data = found[index % facts.block];
  return data && `data:image/webp;base64,${data}`;
}
