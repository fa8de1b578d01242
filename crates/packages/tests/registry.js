// A registry of a few packages made up here. It prints its port and counts what it is asked for.
const http = require('http');
const zlib = require('zlib');
const crypto = require('crypto');

const packages = {
  alpha: {
    '1.0.0': { files: { 'index.js': 'module.exports = "alpha 1.0.0"' } },
    '1.2.0': {
      dependencies: { beta: '^2.0.0' },
      scripts: { postinstall: 'touch ran' },
      files: { 'index.js': 'module.exports = "alpha 1.2.0"' },
    },
  },
  beta: { '2.0.1': { files: { 'index.js': 'module.exports = "beta"' } } },
  broken: { '1.0.0': { corrupt: true, files: { 'index.js': 'original' } } },
  elsewhere: { '1.0.0': { dependencies: { beta: 'file:../../../etc' }, files: {} } },
  distant: { '1.0.0': { dependencies: { beta: 'http://127.0.0.1:9/beta.tgz' }, files: {} } },
  slow: { '1.0.0': { slow: true, files: {} } },
  large: { '1.0.0': { files: { 'data.bin': crypto.randomBytes(20_000_000) } } },
};

function tar(files) {
  const parts = [];
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(`package/${name}`, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(body.length.toString(8).padStart(11, '0') + '\0', 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\0' + '00', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
    parts.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  parts.push(Buffer.alloc(1024));
  return zlib.gzipSync(Buffer.concat(parts));
}

function archive(name, version) {
  const made = packages[name][version];
  const { dependencies, scripts } = made;
  const manifest = JSON.stringify({ name, version, dependencies, scripts });
  return tar({ 'package.json': manifest, ...made.files });
}

const asked = {};
const server = http.createServer((request, response) => {
  const path = decodeURIComponent(request.url.slice(1));
  asked[path] = (asked[path] || 0) + 1;
  const send = (status, body) => {
    response.writeHead(status);
    response.end(body);
  };
  if (path === 'asked') return send(200, JSON.stringify(asked));
  const [name, version] = path.replace(/\.tgz$/, '').split('/');
  if (!packages[name]) return send(404, '{}');
  if (version) {
    if (packages[name][version].slow) return;
    const bytes = archive(name, version);
    return send(200, packages[name][version].corrupt ? tar({ 'package.json': '{}' }) : bytes);
  }
  const versions = {};
  for (const [version, made] of Object.entries(packages[name])) {
    const integrity = crypto.createHash('sha512').update(archive(name, version)).digest('base64');
    versions[version] = {
      name,
      version,
      dependencies: made.dependencies,
      scripts: made.scripts,
      hasInstallScript: !!made.scripts,
      dist: {
        tarball: `http://127.0.0.1:${server.address().port}/${name}/${version}.tgz`,
        integrity: `sha512-${integrity}`,
      },
    };
  }
  const latest = Object.keys(versions).pop();
  send(200, JSON.stringify({ name, 'dist-tags': { latest }, versions }));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
