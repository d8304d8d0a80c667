// Which pictures are shown, and in which order.

const SORTS = {
  name: (index) => pictures[index].name,
  words: (index) => wordCount(textOf(index)),
  length: (index) => textOf(index).length,
  faults: (index) => sum(pictures[index].captions, (each) => checksOf(each).length),
  cost: (index) => sum(pictures[index].captions, (each) => Number(each.cost ?? 0)),
};
const searched = [];

function sum(list, value) {
  return list.reduce((total, each) => total + value(each), 0);
}

/** Return all words of a picture in lower case. */
function searchedText(index) {
  if (edits.has(index)) return haystack(index);
  searched[index] ??= haystack(index);
  return searched[index];
}

function haystack(index) {
  const { name, captions } = pictures[index];
  const words = captions.flatMap((each, number) => [
    textOf(index, number),
    each.error ?? "",
    each.before ?? "",
  ]);
  return [name, ...words].join("\n").toLowerCase();
}

/** Return whether a number is between the values of two fields, or they are empty. */
function isBetween(value, name) {
  const from = byId(`${name}-from`).value;
  const to = byId(`${name}-to`).value;
  return (from === "" || value >= Number(from)) && (to === "" || value <= Number(to));
}

function captionMatches(caption, text, status, check) {
  const checks = checksOf(caption);
  return (
    (status === "" || caption.status === status) &&
    (check === "" ||
      (check === "*" ? checks.length > 0 : check === "-" ? !checks.length : checks.includes(check))) &&
    isBetween(wordCount(text), "words") &&
    isBetween(text.length, "length") &&
    isBetween(Number(caption.cost ?? 0), "cost")
  );
}

/** Return the numbers of the pictures that are shown, in their order. */
function chosenPictures() {
  const [words, folder] = ["search", "folder"].map((id) => byId(id).value.trim());
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const [status, check, only, sort] = ["status", "check", "only", "sort"].map((id) => byId(id).value);
  const found = [];
  pictures.forEach((picture, index) => {
    const name = picture.name;
    if (
      (only === "" || (only === "marked" ? marks : edits).has(index)) &&
      (folder === "" || name.startsWith(folder.endsWith("/") ? folder : `${folder}/`)) &&
      wanted.every((word) => searchedText(index).includes(word)) &&
      picture.captions.some((each, number) =>
        captionMatches(each, textOf(index, number), status, check))
    )
      found.push(index);
  });
  return sorted(found, sort);
}

function sorted(found, sort) {
  if (!sort) return found;
  const value = SORTS[sort.replace("-", "")];
  const sign = sort.startsWith("-") ? -1 : 1;
  const values = new Map(found.map((index) => [index, value(index)]));
  const compare = (one, other) =>
    typeof one === "string" ? (one < other ? -1 : Number(one > other)) : one - other;
  return found.sort((one, other) => sign * compare(values.get(one), values.get(other)) || one - other);
}

/** Fill the choices of the filters with what the pictures have. */
function fillFilters() {
  const captions = pictures.flatMap((picture) => picture.captions);
  fillSelect("status", countBy(captions, (each) => [each.status]));
  fillSelect("check", countBy(captions, checksOf));
  const folders = countBy(pictures, (each) => [folderOf(each.name)]);
  for (const folder of [...folders.keys()].filter(Boolean).sort().slice(0, 1000)) {
    const option = element("option");
    option.value = folder;
    byId("folders").append(option);
  }
  byId("cost").hidden = captions.every((each) => each.cost === undefined);
}

function countBy(list, keys) {
  const counts = new Map();
  for (const each of list) for (const key of keys(each)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function fillSelect(id, counts) {
  for (const [key, count] of [...counts].sort((one, other) => other[1] - one[1])) {
    const option = element("option", "", `${key} (${shownNumber(count)})`);
    option.value = key;
    if (facts.checks[key]) option.title = facts.checks[key];
    byId(id).append(option);
  }
}
