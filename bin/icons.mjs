// Draws the site's icon as a PNG of any size: rectangles and stroked lines are all it needs, so no
// image library is. Edges are smoothed by how far a pixel's middle is from them.

import { deflateSync } from "node:zlib";

/**
 * @param {string} svg one <rect> with fill and rx, and <path>s of M h v H V l L z stroked in one colour
 * @param {number} size of the square picture in pixels
 * @param {{ maskable?: boolean }} [manner]
 * @returns {Buffer}
 */
export function drawIcon(svg, size, manner = {}) {
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const radius = Number(/rx="([\d.]+)"/.exec(svg)?.[1] ?? 0);
  const ground = colour(/<rect[^>]*fill="(#[\da-f]+)"/.exec(svg)?.[1]);
  const ink = colour(/stroke="(#[\da-f]+)"/.exec(svg)?.[1]);
  const width = Number(/stroke-width="([\d.]+)"/.exec(svg)?.[1]);
  const lines = [...svg.matchAll(/<path d="([^"]+)"/g)].flatMap(([, path]) => segments(path));
  const shrink = manner.maskable ? 0.72 : 1;
  const pixels = Buffer.alloc(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const px = ((x + 0.5) / size) * side;
      const py = ((y + 0.5) / size) * side;
      const step = side / size;
      const inside = manner.maskable ? 1 : cover(boxDistance(px, py, side, radius), step);
      const qx = (px - side / 2) / shrink + side / 2;
      const qy = (py - side / 2) / shrink + side / 2;
      const near = Math.min(...lines.map((line) => lineDistance(qx, qy, line)));
      const drawn = cover((near - width / 2) * shrink, step);
      const at = (y * size + x) * 4;
      for (let part = 0; part < 3; part++) pixels[at + part] = Math.round(ground[part] * (1 - drawn) + ink[part] * drawn);
      pixels[at + 3] = Math.round(255 * inside);
    }
  }
  return png(pixels, size);
}

function colour(text) {
  const full = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1);
  return [0, 2, 4].map((from) => parseInt(full.slice(from, from + 2), 16));
}

/** How much of a pixel lies within an edge that is so far away. */
function cover(distance, step) {
  return Math.min(1, Math.max(0, 0.5 - distance / step));
}

function boxDistance(x, y, side, radius) {
  const dx = Math.abs(x - side / 2) - (side / 2 - radius);
  const dy = Math.abs(y - side / 2) - (side / 2 - radius);
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}

function lineDistance(x, y, [ax, ay, bx, by]) {
  const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 || 1);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}

/** The straight lines of a path. */
function segments(path) {
  const found = [];
  let [x, y, sx, sy] = [0, 0, 0, 0];
  for (const [, letter, rest] of path.matchAll(/([MmHhVvLlZz])([^A-Za-z]*)/g)) {
    const given = (rest.match(/-?[\d.]+/g) ?? []).map(Number);
    let [nx, ny] = [x, y];
    if (letter === "M") [nx, ny] = given;
    else if (letter === "m") [nx, ny] = [x + given[0], y + given[1]];
    else if (letter === "H") nx = given[0];
    else if (letter === "h") nx = x + given[0];
    else if (letter === "V") ny = given[0];
    else if (letter === "v") ny = y + given[0];
    else if (letter === "L") [nx, ny] = given;
    else if (letter === "l") [nx, ny] = [x + given[0], y + given[1]];
    else [nx, ny] = [sx, sy];
    if (letter === "M" || letter === "m") [sx, sy] = [nx, ny];
    else found.push([x, y, nx, ny]);
    [x, y] = [nx, ny];
  }
  return found;
}

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, check]);
}

function png(pixels, size) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let y = 0; y < size; y++) pixels.copy(rows, y * (size * 4 + 1) + 1, y * size * 4, (y + 1) * size * 4);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
