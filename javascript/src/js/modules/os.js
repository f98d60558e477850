// What packages ask of the machine, answered the same everywhere: scripts do not see it.
module.exports = { EOL: '\n', hostname: () => 'crosswalk', platform: () => 'linux', type: () => 'Linux', arch: () => 'x64', release: () => '0',
  cpus: () => [], totalmem: () => 0, freemem: () => 0, tmpdir: () => '/tmp', homedir: () => '/', endianness: () => 'LE', networkInterfaces: () => ({}),
  uptime: () => 0, loadavg: () => [0, 0, 0], userInfo: () => ({ username: 'script', uid: -1, gid: -1, homedir: '/', shell: null }) };
