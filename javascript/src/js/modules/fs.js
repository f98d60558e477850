// Scripts have no file system; packages that only look at `fs` while loading still load.
const refuse = (name) => () => {
  throw Object.assign(new Error(`fs.${name} does not exist for scripts: they have no file system`), { code: 'ENOSYS', syscall: name });
};
module.exports = new Proxy({
  existsSync: () => false, constants: {}, promises: new Proxy({}, { get: (_, name) => async () => refuse(String(name))() }),
}, { get: (known, name) => (name in known || typeof name === 'symbol' ? known[name] : refuse(String(name))) });
