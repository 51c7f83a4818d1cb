// Builds what Privet serves (dist/), or with --package what the npm package has (package/). The same sources give the same
// bytes; with --check, dist/ is compared with a fresh build.

import { copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Builds one entry into one file, so that a page asks for no further ones. */
async function bundle(entry, outDir, fileName) {
  await build({
    configFile: false,
    root: here("."),
    logLevel: "warn",
    define: { "process.env.NODE_ENV": '"production"' },
    resolve: {
      alias: {
        "privet-client": here("../clients/typescript/src/client.ts"),
        "openapi-fetch": here("node_modules/openapi-fetch/dist/index.mjs"),
        "eventsource-parser": here("node_modules/eventsource-parser/dist/index.js"),
      },
    },
    build: {
      target: "es2022",
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      outDir: here(outDir),
      emptyOutDir: false,
      copyPublicDir: false,
      minify: true,
      modulePreload: false,
      rollupOptions: {
        input: here(entry),
        preserveEntrySignatures: "strict",
        output: { format: "es", entryFileNames: fileName, codeSplitting: false },
      },
      reportCompressedSize: false,
    },
  });
}

/** Builds the files of the pages. */
async function buildPages(folder) {
  await rm(here(folder), { recursive: true, force: true });
  await mkdir(here(folder), { recursive: true });
  for (const page of ["privacy", "admin"]) {
    await bundle(`src/pages/${page}.tsx`, folder, `${page}.js`);
    await copyFile(here(`src/pages/${page}.html`), here(`${folder}/${page}.html`));
  }
  await copyFile(here("src/pages/page.css"), here(`${folder}/page.css`));
}

/** The files in which two folders differ. */
async function differences(one, other) {
  const names = new Set([...(await readdir(here(one))), ...(await readdir(here(other)))]);
  const content = (folder, name) => readFile(here(`${folder}/${name}`)).catch(() => null);
  const differing = [];
  for (const name of names) {
    const [before, after] = await Promise.all([content(one, name), content(other, name)]);
    if (!before || !after || !before.equals(after)) differing.push(name);
  }
  return differing;
}

/** Builds what the npm package has. */
async function buildPackage() {
  await rm(here("package"), { recursive: true, force: true });
  await bundle("src/element.tsx", "package", "privet-centre.js");
  await copyFile(here("src/privet-centre.d.ts"), here("package/privet-centre.d.ts"));
}

async function check() {
  await buildPages("dist-fresh");
  const differing = await differences("dist", "dist-fresh");
  await rm(here("dist-fresh"), { recursive: true });
  if (differing.length === 0) return;
  console.error(`web/dist is not what a build makes of the sources: ${differing.join(", ")}; run \`make pages\``);
  process.exitCode = 1;
}

if (process.argv.includes("--check")) await check();
else if (process.argv.includes("--package")) await buildPackage();
else await buildPages("dist");
