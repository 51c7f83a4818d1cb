// Builds what Privet serves (dist/) and the npm package (package/). The same sources give the same bytes.

import { copyFile, mkdir, rm } from "node:fs/promises";
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

await rm(here("dist"), { recursive: true, force: true });
await mkdir(here("dist"), { recursive: true });
for (const page of ["privacy", "admin"]) {
  await bundle(`src/pages/${page}.tsx`, "dist", `${page}.js`);
  await copyFile(here(`src/pages/${page}.html`), here(`dist/${page}.html`));
}
await copyFile(here("src/pages/page.css"), here("dist/page.css"));

if (process.argv.includes("--package")) {
  await rm(here("package"), { recursive: true, force: true });
  await bundle("src/element.tsx", "package", "privet-centre.js");
}
