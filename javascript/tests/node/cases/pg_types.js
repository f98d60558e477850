// Every type's value, as `pg` returns it.
async function run(callback) {
  const { Client } = require('pg');
  const client = new Client(configuration.pg);
  await client.connect();
  await client.query("SET timezone = 'UTC'");
  const show = (value) => {
    if (value === undefined) return { undefined: true };
    if (typeof value === 'number') return { number: String(value) };
    if (typeof value === 'bigint') return { bigint: String(value) };
    if (Buffer.isBuffer(value)) return { buffer: value.toString('hex') };
    if (value instanceof Date) {
      const pad = (number, size = 2) => String(number).padStart(size, '0');
      return { date: Number.isNaN(value.getTime()) ? 'invalid' : [value.getFullYear(), pad(value.getMonth() + 1), pad(value.getDate()),
        pad(value.getHours()), pad(value.getMinutes()), pad(value.getSeconds()), pad(value.getMilliseconds(), 3)].join(' ') };
    }
    if (Array.isArray(value)) return value.map(show);
    if (value !== null && typeof value === 'object') {
      const shown = { of: value.constructor.name };
      for (const key of Object.keys(value)) shown[key] = show(value[key]);
      return shown;
    }
    return value;
  };
  const expressions = [
    'true', 'false', 'NULL::bool', '1::int2', '-1::int4', '2147483647::int4', '9007199254740993::int8', '1.10::numeric', "'NaN'::numeric",
    '1.5::float4', '0.1::float4', '0.1::float8', "'Infinity'::float8", "'NaN'::float8", '1e300::float8', "'12.30'::money", "'text'::text",
    "'é🦀'::varchar(10)", "'ab'::char(5)", "'n'::name", "'\\x00ff10'::bytea", "''::bytea", "'{\"a\": [1, 2.50, null]}'::json", "'{\"b\":1,\"a\":2}'::jsonb",
    "'5'::json", "'null'::jsonb", "'2020-02-29'::date", "'infinity'::date", "'2020-02-29 12:34:56.789'::timestamp", "'2020-02-29 12:34:56'::timestamp(0)",
    "'0044-03-15 BC'::date", "'infinity'::timestamp", "'-infinity'::timestamptz", "'12:34:56.5'::time", "'12:34:56+02'::timetz", "'1 year 2 mons 3 days 04:05:06.789'::interval",
    "'-1 days -02:03:04'::interval", "'0'::interval", "'192.168.0.1/24'::inet", "'10.0.0.0/8'::cidr", "'08:00:2b:01:02:03'::macaddr", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
    "B'101'::bit(3)", "B'10'::varbit", "'(1,2.5)'::point", "'<(1,2),3>'::circle", "'((0,0),(1,1))'::box", "'{1,2,3}'::line", "'[1,5)'::int4range", "'[2020-01-01,2020-02-01)'::daterange",
    "'a fat cat'::tsvector", "'fat & cat'::tsquery", "'<a>1</a>'::xml", "'pg_class'::regclass", "'1'::oid", "ROW(1,'a',NULL)", "'{1,2,NULL}'::int[]", "'{}'::int[]", "'{{1,2},{3,4}}'::int[]",
    "'{a,\"b c\",\"d\\\"e\",NULL,\"NULL\"}'::text[]", "'{1.5,2.50}'::numeric[]", "'{0.1,2}'::float8[]", "'{t,f}'::bool[]", "'{2020-01-01}'::date[]", "'{\"2020-01-01 10:00:00\"}'::timestamp[]",
    "'{\"{\\\"a\\\":1}\"}'::json[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'::uuid[]", "'{9007199254740993}'::int8[]", "'{\"\\\\xff\"}'::bytea[]", "'[2:3]={7,8}'::int[]", "'{1 day}'::interval[]",
    "'{192.168.0.1}'::inet[]", "'x'::\"char\"", "pg_catalog.pg_typeof(1)", "now() - now()", "''::text", "repeat('x', 10)", "decode('00', 'hex')", "1 = 1", "count(*) FROM generate_series(1, 3)",
    "sum(n) FROM generate_series(1, 3) n", "avg(n) FROM generate_series(1, 4) n", "array_agg(n) FROM generate_series(1, 3) n", "json_agg(n) FROM generate_series(1, 2) n",
  ];
  const results = [];
  for (const expression of expressions) {
    const { rows, fields, rowCount, command } = await client.query(`SELECT ${expression}`, []);
    const [name] = Object.keys(rows[0]);
    results.push([expression, show(rows[0][name]), name, fields[0].name, fields[0].dataTypeID, rowCount, command]);
  }
  for (const [type, value] of [['timestamptz', '2020-02-29 12:34:56.789+02'], ['timestamptz', '2020-02-29 12:34:56-07:30']]) {
    const { rows } = await client.query(`SELECT '${value}'::${type} AS v`);
    results.push([value, rows[0].v.toISOString()]);
  }
  await client.end();
  callback(null, results);
}
