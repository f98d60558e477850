// `crypto` and `bcryptjs`.
async function run(callback) {
  const crypto = require('crypto');
  const bcrypt = require('bcryptjs');
  const results = [];
  const attempt = async (name, work) => {
    try { results.push([name, await work()]); } catch (error) { results.push([name, 'throws', error.name, error.code || null]); }
  };
  for (const name of ['md5', 'sha1', 'SHA256', 'sha384', 'sha512', 'RSA-SHA256', 'sha3-256', 'sha512-256', 'nonsense']) {
    await attempt('hash ' + name, () => crypto.createHash(name).update('a').update(Buffer.from('b')).digest('hex'));
    await attempt('hmac ' + name, () => crypto.createHmac(name, 'key').update('data').digest('base64'));
  }
  await attempt('binary', () => crypto.createHash('md5').update('é', 'binary').digest('hex'));
  await attempt('buffer', () => crypto.createHash('md5').update('é').digest().length);
  await attempt('latin1', () => crypto.createHash('md5').update('x').digest('latin1').length);
  await attempt('twice', () => { const h = crypto.createHash('md5'); h.digest(); return h.digest(); });
  await attempt('undefined', () => crypto.createHash('md5').update(undefined));
  await attempt('number', () => crypto.createHash('md5').update(5));
  await attempt('copy', () => { const h = crypto.createHash('md5').update('a'); return [h.copy().digest('hex'), h.update('b').digest('hex')]; });
  await attempt('pbkdf2Sync', () => crypto.pbkdf2Sync('secret', 'salt', 1000, 20, 'sha256').toString('hex'));
  await attempt('pbkdf2', () => new Promise((resolve, reject) => crypto.pbkdf2('secret', 'salt', 10, 64, 'sha512', (error, key) => (error ? reject(error) : resolve(key.toString('base64'))))));
  await attempt('pbkdf2 promisified', async () => (await require('util').promisify(crypto.pbkdf2)('a', 'b', 1, 8, 'sha1')).toString('hex'));
  await attempt('pbkdf2 without digest', () => crypto.pbkdf2Sync('a', 'b', 1, 8));
  await attempt('pbkdf2 bad digest', () => crypto.pbkdf2Sync('a', 'b', 1, 8, 'nope'));
  await attempt('pbkdf2 no callback', () => crypto.pbkdf2('a', 'b', 1, 8, 'sha1'));
  await attempt('scryptSync', () => crypto.scryptSync('pw', 'salt', 32).toString('hex'));
  await attempt('scrypt', () => new Promise((resolve) => crypto.scrypt('pw', 'salt', 16, { N: 1024, r: 4, p: 2 }, (error, key) => resolve(key.toString('hex')))));
  await attempt('random', () => [crypto.randomBytes(8).length, crypto.randomUUID().length, crypto.randomInt(5) < 5]);
  await attempt('equal', () => [crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a')), crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('b'))]);
  await attempt('unequal lengths', () => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')));
  const key = Buffer.alloc(32, 7), iv = Buffer.alloc(16, 9);
  await attempt('cbc', () => { const c = crypto.createCipheriv('aes-256-cbc', key, iv); return c.update('hello world', 'utf8', 'hex') + c.final('hex'); });
  await attempt('decrypt', () => { const c = crypto.createDecipheriv('aes-256-cbc', key, iv); return c.update(Buffer.from('0bf07c9ea7a6b7b0f3bc3bd6d1a3b2ea', 'hex'), undefined, 'utf8') + c.final('utf8'); });
  await attempt('round', () => { const c = crypto.createCipheriv('aes-128-ctr', key.subarray(0, 16), iv); const made = Buffer.concat([c.update('text'), c.final()]); const d = crypto.createDecipheriv('aes-128-ctr', key.subarray(0, 16), iv); return [made.toString('hex'), Buffer.concat([d.update(made), d.final()]).toString()]; });
  await attempt('gcm', () => { const c = crypto.createCipheriv('aes-256-gcm', key, iv.subarray(0, 12)); c.setAAD(Buffer.from('aad')); const made = c.update('text', 'utf8', 'hex') + c.final('hex'); return [made, c.getAuthTag().toString('hex')]; });
  await attempt('gcm wrong', () => { const d = crypto.createDecipheriv('aes-256-gcm', key, iv.subarray(0, 12)); d.setAuthTag(Buffer.alloc(16)); return d.update('aa', 'hex', 'utf8') + d.final('utf8'); });
  await attempt('short key', () => crypto.createCipheriv('aes-256-cbc', 'short', iv));
  await attempt('short iv', () => crypto.createCipheriv('aes-256-cbc', key, 'iv'));
  await attempt('unknown cipher', () => crypto.createCipheriv('rot13', key, iv));
  const rsa = '-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCsKc4dHFW7XkNi\nOgnYVzC3O6EvDwdaSlnZetoBBtmKXMsM+QFVxmeelgftfJkNS789XVMOx8/xa8OE\nxAgBijLvGGne1JCVn+K4GU4vpof2wtoo2AbRvMJscR6PgMZ1o01Cmct9rLR62X/B\nhcy0+s6YXj9mMn5L89WdpV05LG4HcnaFhgusOXwfJM/dK+cVmzNMmZ7+q2c5/3Zf\nhrRoAqPiT/fWe8TJZ3DRwJB3THYQLRyd3a8883fMAgCeCXxWjkZnXG0YF4s1ib3d\nvhSyVOdhCLmh/4AIRysSSvVJK2Co1lrk2kyQzCvBjkn1ynqBSXFPlKgId3kUuyz+\nqLGucUOJAgMBAAECggEAIKc1LpRHNmhkg2baoyu2U6p9ob1J+bgMXpFMc9FmxTVg\nVa+Mr0YYNR3jlwmAxeLN/MeMj0sah4GW7cF4e0JI8sxAmEDcw2Q1zhEOoT8GnqjK\nU+DVOkaA4ax6zWDxQzKb3rvouoddG8fQ0VWdQ94l/QQzJiEBj0pKA8Jvcf6ZR9P/\nbFfGfGZrMEDpJQvUnGOVdkhAcuCisp524e3e3plxN7X/0Px8pUWBGRJp8lB7+grP\nqBQpRBaPReRKRcqghj1PgKsPTacH5n7Cw8AK9K0H0hkzQstW4jsWsLgRnlrmQNP+\n1uNNKpwadiMDOnaxPuLr64tPuceD+cY2UI9Jpoj84QKBgQDyb6+ZuAK+hdFSwkWw\nts41x1QFwcMpLtD/v9+fcdnRdD2iKwuGJ510htLc/yPtEzR2ez4Svnb9ORZ7zd9Z\nc4MG8grXp7+vzACCGGcSGUxRt5uft4G7CiSFon/icG5WywrEwCKwIr8WGqvhUY2R\n9+JD/7VIF+J/bIrymA9vGWDMXQKBgQC1y6Dr3+3sit28qcUFD4Ez2pVpOj+oX0TX\nFYZcK6jjNkY+n7Ff60UjVF8Ja1bT0h3kO4GjU5w//dGbQqf3nmx2kmNBUBWCFFcU\nF/4wQ3CKJXiwYrboV9lj6ANf0sFPUch2faUdhfTsvp7+Ih5Euukoe6yPfhZmvped\naEEmH4jBHQKBgQCO6Jcyne3AMVG63xoFmTzlJqK44gcQ96/rkkdXzd0AQu0x8v3Q\nDvoZ/n++Fggvb+q1DOECW5P4oPZH9It8R0MtjPAnP5MXJcIG7iuT16XNZdYuyBWJ\nE+mDfM61xGDGeNnYMQpBmbnaZc57+37gVKbkPo+1955kTq95YXl3nBYbYQJ/GkZT\n+8Nhn85yPdJLp2+WPOhar9q7WJpsWKnDwY6N2kj93g82k6ZtV63aDoJ1CihUKahw\nFCsBaj5FDSuVGzTKeFiv/8CTWzmVXFIbat5UZaMEznl19h68TLQ7yJ2tUsl/L6D5\nPEsgGxdx40kLFuPszu0RA6w1kKP7RcTLpbbpDQKBgQCRmdsitpRegwvjUc04kjTP\nnPH0w5mvi3OKHe6IGCw1Yc+NBczCaMfzs9UPiOR9zRrfl+eM45cwIx6shRgwuNB8\n4iy+lO5WcIfjKiJi6m2dADuNAxb5Zji0cUA58+yeZlnXalUoiqyitKfuo2TD+eqs\nqfCdvCqIi8vYdkaRysYaxg==\n-----END PRIVATE KEY-----\n';
  const rsaPublic = '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArCnOHRxVu15DYjoJ2Fcw\ntzuhLw8HWkpZ2XraAQbZilzLDPkBVcZnnpYH7XyZDUu/PV1TDsfP8WvDhMQIAYoy\n7xhp3tSQlZ/iuBlOL6aH9sLaKNgG0bzCbHEej4DGdaNNQpnLfay0etl/wYXMtPrO\nmF4/ZjJ+S/PVnaVdOSxuB3J2hYYLrDl8HyTP3SvnFZszTJme/qtnOf92X4a0aAKj\n4k/31nvEyWdw0cCQd0x2EC0cnd2vPPN3zAIAngl8Vo5GZ1xtGBeLNYm93b4UslTn\nYQi5of+ACEcrEkr1SStgqNZa5NpMkMwrwY5J9cp6gUlxT5SoCHd5FLss/qixrnFD\niQIDAQAB\n-----END PUBLIC KEY-----\n';
  await attempt('sign', () => crypto.createSign('RSA-SHA256').update('text').sign(rsa, 'base64'));
  await attempt('verify', () => { const made = crypto.createSign('sha256').update('text').sign(rsa); return [crypto.createVerify('sha256').update('text').verify(rsaPublic, made), crypto.createVerify('sha256').update('other').verify(rsaPublic, made)]; });
  await attempt('one shot', () => crypto.verify('sha256', Buffer.from('text'), rsaPublic, crypto.sign('sha256', Buffer.from('text'), rsa)));
  const hash = '$2a$04$CCCCCCCCCCCCCCCCCCCCC.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  await attempt('compare', async () => [await bcrypt.compare('x', hash), bcrypt.compareSync('x', hash)]);
  await attempt('hash', async () => { const made = await bcrypt.hash('secret', 4); return [made.length, made.slice(3, 7), await bcrypt.compare('secret', made), await bcrypt.compare('Secret', made)]; });
  await attempt('salt', () => [bcrypt.genSaltSync(4).length, bcrypt.getRounds(hash)]);
  await attempt('fixed', () => bcrypt.hashSync('secret', '$2a$04$abcdefghijklmnopqrstuu'));
  await attempt('callbacks', () => new Promise((resolve) => bcrypt.genSalt(4, (e1, salt) => bcrypt.hash('pw', salt, (e2, made) => bcrypt.compare('pw', made, (e3, same) => resolve([e1, e2, e3, same, typeof salt]))))));
  await attempt('no hash', () => bcrypt.compareSync('x', 'short'));
  callback(null, results);
}
