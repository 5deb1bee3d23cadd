/** The failing network of other tests (test/support/tcp-proxy.ts), with real clients and a real server behind it. */
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientMessages } from '../support/postgres-messages.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/processes.js';
import { TcpProxy, type CutMoment } from '../support/tcp-proxy.js';

interface Rig {
  readonly database: TestDatabase;
  readonly proxy: TcpProxy;
  readonly connect: (config?: ClientConfig) => Promise<Client>;
}

async function open(): Promise<Rig> {
  const database = await createDatabase();
  await database.query('CREATE TABLE kept (id int)');
  const proxy = await TcpProxy.open(database.url);
  const clients: Client[] = [];
  onTestFinished(async () => {
    await proxy.close();
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    await database.drop();
  });
  const connect = async (config: ClientConfig = {}): Promise<Client> => {
    const client = new Client({ ...config, connectionString: proxy.url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  return { database, proxy, connect };
}

/** As Parse, Bind and Execute, although it has no parameters. */
function extended(text: string): QueryConfig {
  const config = { text, queryMode: 'extended' };
  return config;
}

type Commit = (client: Client) => Promise<unknown>;

/** Every way in which a client can send its COMMIT. */
const WAYS: readonly (readonly [string, ClientConfig, Commit])[] = [
  [
    'a simple query',
    {},
    async (client) => {
      await client.query('BEGIN');
      await client.query('INSERT INTO kept VALUES (1)');
      await client.query('COMMIT');
    },
  ],
  ['one text of several statements', {}, (client) => client.query('BEGIN; INSERT INTO kept VALUES (1); commit')],
  [
    'a named statement',
    {},
    async (client) => {
      await client.query('BEGIN');
      await client.query('INSERT INTO kept VALUES ($1)', [1]);
      await client.query({ name: 'end', text: ' commit ' });
    },
  ],
  [
    'an unnamed statement in a burst',
    { pipeline: true },
    (client) =>
      Promise.all([
        client.query(extended('BEGIN')),
        client.query('INSERT INTO kept VALUES ($1)', [1]),
        client.query(extended('COMMIT')),
        client.query('SELECT count(*) FROM kept WHERE id = $1', [1]),
      ]),
  ],
  [
    'a simple query in a burst',
    { pipeline: true },
    (client) => Promise.all(['BEGIN', 'INSERT INTO kept VALUES (1)', 'COMMIT'].map((sql) => client.query(sql))),
  ],
];

/** The rows, once the server has heard that its clients are gone: what is not committed by then never will be. */
async function settledRows(database: TestDatabase): Promise<number> {
  await until(async () => {
    const [row] = await database.query<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    return row?.count === '0' ? true : undefined;
  }, 'the server has closed the connection');
  return (await database.query('SELECT id FROM kept')).length;
}

describePostgres.each<[CutMoment, number]>([
  ['before', 0],
  ['after', 1],
])('a COMMIT that is cut %s the server has answered', (moment, rows) => {
  it.each(WAYS)('as %s', async (_name, config, commit) => {
    const { database, proxy, connect } = await open();
    const client = await connect(config);
    proxy.cutCommit(moment);
    await expect(commit(client)).rejects.toThrow(/ECONNRESET|terminated|not queryable/);
    expect(proxy.cuts).toBe(1);
    expect(proxy.cutting).toBe(false);
    expect(await settledRows(database)).toBe(rows);
    // The next connection is none of the plan's business.
    await commit(await connect(config));
    expect(await database.query('SELECT id FROM kept')).toHaveLength(rows + 1);
  });
});

describe('the messages of a client', () => {
  it('are the same ones however the network cuts the stream', () => {
    const message = (type: string, ...fields: string[]): Buffer => {
      const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
      const head = Buffer.alloc(5, type);
      head.writeInt32BE(body.length + 4, 1);
      return Buffer.concat([head, body]);
    };
    const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
    const burst = [
      message('P', 'end', 'COMMIT'),
      message('B', '', 'end', '', ''),
      message('E', '', ''),
      message('P', '', 'LISTEN a; LISTEN "b"'),
      message('B', '', '', '', ''),
      message('E', '', ''),
      message('Q', `INSERT INTO t VALUES ('commit')`),
      message('Q', 'COMMIT PREPARED x'),
    ];
    const stream = Buffer.concat([startup, ...burst]);
    for (let size = 1; size <= stream.length; size += 1) {
      const reader = new ClientMessages();
      const read = [...Array(Math.ceil(stream.length / size)).keys()].flatMap((index) => [
        ...reader.push(stream.subarray(index * size, (index + 1) * size)),
      ]);
      expect(Buffer.concat(read.map(({ bytes }) => bytes))).toEqual(stream);
      expect(read.map(({ kind }) => kind)).toEqual([
        ...Array<string>(3).fill('other'),
        'commit',
        ...Array<string>(5).fill('other'),
      ]);
      expect([...reader.channels]).toEqual(['a', 'b']);
    }
  });
});

describePostgres('a proxy', () => {
  it('passes everything on, large messages and encryption requests too', async () => {
    const { proxy, connect } = await open();
    const client = await connect();
    const large = 'x'.repeat(5_000_000);
    const { rows } = await client.query<{ echo: string }>('SELECT $1::text AS echo', [large]);
    expect(rows[0]?.echo).toBe(large);
    const encrypted = new Client({ connectionString: proxy.url, ssl: true });
    await expect(encrypted.connect()).rejects.toThrow('does not support SSL');
    expect([proxy.cuts, proxy.commits]).toEqual([0, 0]);
  });

  it('cuts only each n-th COMMIT, as often as it was told', async () => {
    const { database, proxy, connect } = await open();
    proxy.cutCommit('before', { times: 2, every: 2 });
    const outcomes: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const client = await connect();
      const work = client.query('BEGIN; INSERT INTO kept VALUES (1); COMMIT');
      outcomes.push(
        await work.then(
          () => 'ok',
          () => 'cut',
        ),
      );
      await client.end().catch(() => undefined);
    }
    expect(outcomes).toEqual(['ok', 'cut', 'ok', 'cut', 'ok', 'ok']);
    expect(proxy.commits).toBe(6);
    expect(await settledRows(database)).toBe(4);
  });

  it('cuts all connections, refuses new ones, and takes them again', async () => {
    const { proxy, connect } = await open();
    const client = await connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    const sleeping = client.query('SELECT pg_sleep(60)');
    await proxy.refuse();
    proxy.cutAll();
    await expect(sleeping).rejects.toThrow();
    await ended;
    await expect(connect()).rejects.toThrow('ECONNREFUSED');
    await proxy.accept();
    expect((await (await connect()).query('SELECT 1')).rowCount).toBe(1);
  });

  it('drops notifications without a word', async () => {
    const { database, proxy, connect } = await open();
    const client = await connect();
    const heard: (string | undefined)[] = [];
    client.on('notification', ({ payload }) => heard.push(payload));
    await client.query('LISTEN news');
    proxy.dropNotifications = true;
    await database.query(`NOTIFY news, 'lost'`);
    // The server sends what it has for the client before it answers the next query.
    await client.query('SELECT 1');
    expect([heard, proxy.notificationsDropped]).toEqual([[], 1]);
    proxy.dropNotifications = false;
    await database.query(`NOTIFY news, 'heard'`);
    await client.query('SELECT 1');
    expect(heard).toEqual(['heard']);
  });

  it('freezes the connections of its choice: nothing passes, and neither side sees a close', async () => {
    const { database, proxy, connect } = await open();
    const [frozen, other] = await Promise.all([connect({ application_name: 'frozen' }), connect()]);
    let said: string | undefined;
    frozen.on('end', () => (said = 'ended'));
    await frozen.query('LISTEN "news"');
    const listens = ({ channels }: { channels: ReadonlySet<string> }): boolean => channels.has('news');
    expect([proxy.count(listens), proxy.freeze(listens), proxy.freeze(listens)]).toEqual([1, 1, 0]);
    frozen.query('SELECT 42').then(
      () => (said = 'answered'),
      () => (said = 'failed'),
    );
    await database.query(`NOTIFY news, 'lost'`);
    await other.query('SELECT 1');
    const seen = await database.query(`SELECT query FROM pg_stat_activity WHERE application_name = 'frozen'`);
    expect(seen).toEqual([{ query: 'LISTEN "news"' }]);
    expect(said).toBeUndefined();
    proxy.cutAll();
    await until(() => said, 'the cut ends a frozen connection');
  });
});
