// SPDX-License-Identifier: MIT
// usage: node read_with_geotiff.mjs FOLDER FILE...
//
// Reads TIFF files with the npm package geotiff, which has nothing of GDAL or
// libtiff in it and is installed in FOLDER, and prints a line of JSON for each:
// the SHA-256 of every band's samples, row after row.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const entry = createRequire(`${folder}/`).resolve("geotiff");
const loaded = await import(pathToFileURL(entry));
const geotiff = loaded.fromFile ? loaded : loaded.default;

for (const file of files) {
  const image = await (await geotiff.fromFile(file)).getImage();
  const bands = await image.readRasters();
  const hashes = Array.from(bands, (band) =>
    createHash("sha256")
      .update(new Uint8Array(band.buffer, band.byteOffset, band.byteLength))
      .digest("hex"),
  );
  console.log(JSON.stringify(hashes));
}
process.exit(0);
