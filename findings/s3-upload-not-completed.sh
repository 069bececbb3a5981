#!/bin/sh
# SPDX-License-Identifier: MIT
# GDAL 3.6.2: a raster is uploaded to a bucket in parts (/vsis3/), and the upload
# fails at its end. As Amazon documents, the store may answer the last request,
# CompleteMultipartUpload, with status 200 before it knows, and with an <Error> in
# what follows.
#
# Seen: gdal_translate -of GTiff says nothing and exits with 0 where the answer is
# 200 and an <Error>; and where it is 500, it prints an error, exits with 0, and
# leaves the upload as it is (no AbortMultipartUpload), as it does not where a part
# before the last one fails. Whoever uploads has to look for the object.
#
# Needs root and debootstrap; installs Debian 12's packages into a temporary
# folder, and fails if what was seen has changed.
set -eu

version='3.6.2'
root=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=gdal-bin,python3-minimal bookworm "$root" \
    >"$root.log"
rm -f "$root.log"

inside() {
    chroot "$root" env LC_ALL=C.UTF-8 sh -c "cd /tmp && $*"
}

found=$(inside gdalinfo --version)
case $found in
*"$version"*) echo "$found" ;;
*)
    echo "not $version but $found: look again" >&2
    exit 1
    ;;
esac

# As much of a store as an upload needs: it keeps nothing, writes down what it is
# asked, and answers CompleteMultipartUpload as the bucket's name says.
cat >"$root/tmp/store.py" <<'END'
import http.server

BEGUN = b"""<InitiateMultipartUploadResult><UploadId>one</UploadId>
</InitiateMultipartUploadResult>"""
ERROR = b"<Error><Code>InternalError</Code><Message>again</Message></Error>"


class Store(http.server.BaseHTTPRequestHandler):
    def handle_one(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print(self.command, self.path, flush=True)
        path, _, query = self.path.partition("?")
        code, text = 404, b""
        if query.startswith("uploads"):
            code, text = 200, BEGUN
        elif self.command == "PUT":
            code = 500 if path.startswith("/part") and "=2&" in query else 200
        elif self.command == "POST":
            code, text = (200 if path.startswith("/okay") else 500), ERROR
        elif self.command == "DELETE":
            code = 204
        self.send_response(code)
        self.send_header("ETag", '"tag"')
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Store)
print(server.server_port, flush=True)
server.serve_forever()
END
chroot "$root" python3 /tmp/store.py >"$root/tmp/asked" &
server=$!
tries=0
while [ ! -s "$root/tmp/asked" ] && [ "$tries" -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
port=$(head -n 1 "$root/tmp/asked")

awk 'BEGIN {
    print "ncols 1500\nnrows 1000\nxllcorner 0\nyllcorner 0\ncellsize 1"
    for (y = 0; y < 1000; y++)
        for (x = 0; x < 1500; x++)
            printf "%d%s", (x * y) % 251, x < 1499 ? " " : "\n"
}' >"$root/tmp/in.asc"

# usage: upload BUCKET; prints status, lines of errors, requests to abort
upload() {
    status=0
    inside "env AWS_S3_ENDPOINT=127.0.0.1:$port AWS_HTTPS=NO AWS_REGION=here \
        AWS_VIRTUAL_HOSTING=FALSE AWS_ACCESS_KEY_ID=me AWS_SECRET_ACCESS_KEY=me \
        VSIS3_CHUNK_SIZE=1 CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE=YES \
        gdal_translate -q -ot Float32 in.asc /vsis3/$1/out.tif" \
        2>"$root/tmp/said" || status=$?
    echo "$status $(grep -c '^ERROR' "$root/tmp/said")" \
        "$(grep -c "^DELETE /$1/out.tif?uploadId" "$root/tmp/asked")"
}
okay=$(upload okay)
fails=$(upload fails)
part=$(upload part)
echo "exit status, errors, aborts: 200 with an error: $okay; 500: $fails;" \
    "500 for part 2: $part"
[ "$okay" = '0 0 0' ] && [ "$fails" = '0 2 0' ] && [ "$part" = '0 2 1' ]
