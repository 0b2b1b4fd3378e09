// Bundles static/src into static/dist: scripts (ES modules, split), styles (Sass), the service
// worker and a sprite of the icons in use. Names carry a hash of their content, so that browsers
// may keep them for ever; manifest.json maps each plain name to the hashed one.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";
import { drawIcon } from "./icons.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "static", "src");
const goal = join(root, "static", "dist");
const fresh = join(root, "static", `.dist-${process.pid}`);
const packages = join(root, "node_modules");

/** Sass files as an esbuild loader, warnings of packages kept quiet. */
const styles = {
  name: "sass",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, (file) => {
      const made = sass.compile(file.path, {
        loadPaths: [packages, source],
        quietDeps: true,
        silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
        charset: false,
      });
      const watchFiles = made.loadedUrls.map((url) => fileURLToPath(url));
      return { contents: made.css, loader: "css", resolveDir: dirname(file.path), watchFiles };
    });
    // Leaflet's style sheet, once imported by Sass, still names its pictures relative to itself.
    build.onResolve({ filter: /^images\/(layers|marker)/ }, (asked) => ({
      path: join(packages, "leaflet", "dist", asked.path),
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: "es2020",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

/** Bundles main.js and main.scss; returns plain name → hashed name. */
async function bundleMain() {
  const entries = ["main.js", "main.scss"].map((name) => join(source, name)).filter((path) => existsSync(path));
  const made = await esbuild.build({
    ...common,
    entryPoints: entries,
    outdir: fresh,
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[name]-[hash]",
    assetNames: "asset-[name]-[hash]",
    loader: { ".png": "file", ".svg": "file", ".woff2": "file" },
    plugins: [styles],
  });
  const names = {};
  for (const [path, output] of Object.entries(made.metafile.outputs)) {
    if (output.entryPoint && !basename(path).startsWith("chunk-")) {
      names[basename(output.entryPoint).replace(/\.scss$/, ".css")] = basename(path);
    }
  }
  return names;
}

/** One SVG with a symbol for each name listed in static/src/ui/icons.txt. */
function drawSprite() {
  const list = join(source, "ui", "icons.txt");
  if (!existsSync(list)) return {};
  const lines = readFileSync(list, "utf8").split("\n").map((line) => line.replace(/#.*/, "").trim());
  const symbols = [...new Set(lines.filter(Boolean))].map((name) => {
    const path = join(packages, "bootstrap-icons", "icons", `${name}.svg`);
    if (!existsSync(path)) throw new Error(`static/src/ui/icons.txt names an unknown icon: ${name}`);
    const svg = readFileSync(path, "utf8");
    const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 16 16" fill="currentColor">${inner}</symbol>`;
  });
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  const hashed = `icons-${hash(sprite)}.svg`;
  writeFileSync(join(fresh, hashed), sprite);
  return { "icons.svg": hashed };
}

/** The site's own icon, hashed like everything else. */
function copySiteIcon() {
  const svg = readFileSync(join(root, "static", "icons", "icon.svg"), "utf8");
  const hashed = `icon-${hash(svg)}.svg`;
  writeFileSync(join(fresh, hashed), svg);
  return { "icon.svg": hashed };
}

/** The icons of the installed app, drawn from the site's own: plain names, as the manifest must not change. */
function drawIcons() {
  const svg = readFileSync(join(root, "static", "icons", "icon.svg"), "utf8");
  writeFileSync(join(fresh, "app192.png"), drawIcon(svg, 192));
  writeFileSync(join(fresh, "app512.png"), drawIcon(svg, 512));
  // What a launcher may cut to a circle: colour to the edge, the sign within the safe middle.
  writeFileSync(join(fresh, "appmaskable.png"), drawIcon(svg, 512, { maskable: true }));
}

/** The service worker keeps its name; it is told the build, so that its bytes change with it. */
async function bundleWorker(names) {
  const entry = join(source, "sw.js");
  if (!existsSync(entry)) return {};
  const files = Object.values(names).sort();
  await esbuild.build({
    ...common,
    entryPoints: [entry],
    outdir: fresh,
    format: "iife",
    define: { __BUILD__: JSON.stringify(hash(files.join())), __FILES__: JSON.stringify(files) },
  });
  return { "sw.js": "sw.js" };
}

function hash(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 10).toUpperCase();
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
try {
  const names = { ...(await bundleMain()), ...drawSprite() };
  drawIcons();
  Object.assign(names, copySiteIcon(), await bundleWorker(names));
  writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(names, null, 2)}\n`);
  rmSync(goal, { recursive: true, force: true });
  renameSync(fresh, goal);
} finally {
  rmSync(resolve(fresh), { recursive: true, force: true });
}
