// Node's path, POSIX only.
function normalizeParts(parts, absolute) {
  const out = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length && out[out.length - 1] !== '..') out.pop();
    else if (!absolute) out.push('..');
  }
  return out;
}

const posix = {
  sep: '/',
  delimiter: ':',
  isAbsolute: (path) => path.startsWith('/'),
  normalize(path) {
    if (path === '') return '.';
    const absolute = path.startsWith('/');
    const text = normalizeParts(path.split('/'), absolute).join('/');
    const tail = path.endsWith('/') && text !== '' ? '/' : '';
    return (absolute ? '/' : '') + (text || (absolute ? '' : '.')) + tail;
  },
  join: (...parts) => posix.normalize(parts.filter((part) => part !== '').join('/') || '.'),
  resolve(...parts) {
    let path = '';
    for (const part of [...parts].reverse()) {
      if (part === '') continue;
      path = path === '' ? part : part + '/' + path;
      if (part.startsWith('/')) break;
    }
    if (!path.startsWith('/')) path = '/' + path;
    return '/' + normalizeParts(path.split('/'), true).join('/');
  },
  relative(from, to) {
    const [one, other] = [posix.resolve(from), posix.resolve(to)].map((path) => path.split('/').filter(Boolean));
    let same = 0;
    while (same < one.length && same < other.length && one[same] === other[same]) same++;
    return [...one.slice(same).map(() => '..'), ...other.slice(same)].join('/');
  },
  dirname(path) {
    const bare = path.replace(/\/+$/, '');
    const at = bare.lastIndexOf('/');
    return at < 0 ? (path.startsWith('/') ? '/' : '.') : at === 0 ? '/' : bare.slice(0, at);
  },
  basename(path, suffix) {
    const base = path.replace(/\/+$/, '').split('/').pop();
    return suffix && base.endsWith(suffix) && base !== suffix ? base.slice(0, -suffix.length) : base;
  },
  extname(path) {
    const base = posix.basename(path), at = base.lastIndexOf('.');
    return at <= 0 ? '' : base.slice(at);
  },
  parse(path) {
    const base = posix.basename(path), ext = posix.extname(path);
    const dir = posix.dirname(path);
    return { root: path.startsWith('/') ? '/' : '', dir: dir === '.' && !path.startsWith('.') ? '' : dir, base, ext, name: ext ? base.slice(0, -ext.length) : base };
  },
  format: (parts) => (parts.dir ? (parts.dir === parts.root ? parts.dir : parts.dir + '/') : parts.root || '') + (parts.base || (parts.name || '') + (parts.ext || '')),
  toNamespacedPath: (path) => path,
};
posix.posix = posix;
module.exports = posix;
