// A real Vendure marketplace on loopback, headless; every setting comes from the environment.
const fs = require('node:fs');
const path = require('node:path');
process.env.VENDURE_DISABLE_TELEMETRY = 'true';
process.env.CI ??= '1'; // silences the advice about search plugins
const {
  bootstrap, BigIntMoneyStrategy, DefaultLogger, DefaultMoneyStrategy, dummyPaymentHandler, JobQueueService,
  LanguageCode, LogLevel,
} = require('@vendure/core');
const { AssetServerPlugin } = require('@vendure/asset-server-plugin');
const { VietnamShopPlugin } = require('./vietnam-shop');

const env = process.env;
const port = Number(env.PORT);
const data = path.resolve(env.DATA_DIR);
const assets = path.join(data, 'assets');
const file = path.join(data, 'vendure.sqlite');
fs.mkdirSync(assets, { recursive: true });

// A kill in the middle of a save leaves the last whole file behind.
function save(bytes) {
  fs.writeFileSync(`${file}.new`, bytes);
  fs.renameSync(`${file}.new`, file);
}

// VENDURE_DB=postgres: the server that libpq's variables name (PGHOST, PGDATABASE, …). DATABASE_URL is not heeded: it is
// the product's, and this server rewrites the schema it finds.
const database = env.VENDURE_DB === 'postgres'
  ? { type: 'postgres' }
  : { type: 'sqljs', location: file, autoSave: env.SQLJS_SAVE === '1', autoSaveCallback: save };

// The vendor's defaults are precision 2 (hundredths, for VND too) and a 32-bit column, which on PostgreSQL carries
// nothing above 21,474,836 dong. VENDURE_MONEY=bigint and VENDURE_MONEY_PRECISION=0 change them.
class Money extends (env.VENDURE_MONEY === 'bigint' ? BigIntMoneyStrategy : DefaultMoneyStrategy) {
  precision = Number(env.VENDURE_MONEY_PRECISION ?? 2);
}

bootstrap({
  logger: new DefaultLogger({ level: env.LOG === 'debug' ? LogLevel.Debug : LogLevel.Error }),
  defaultLanguageCode: LanguageCode.vi,
  apiOptions: { hostname: '127.0.0.1', port, cors: false },
  authOptions: {
    tokenMethod: 'bearer',
    superadminCredentials: {
      identifier: env.VENDURE_USERNAME ?? 'superadmin',
      password: env.VENDURE_PASSWORD ?? 'superadmin',
    },
  },
  dbConnectionOptions: { ...database, synchronize: true, logging: false },
  entityOptions: { moneyStrategy: new Money() },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  plugins: [
    VietnamShopPlugin,
    AssetServerPlugin.init({
      route: 'assets', assetUploadDir: assets, assetUrlPrefix: `http://127.0.0.1:${port}/assets/`,
    }),
  ],
}).then(async app => {
  await app.get(JobQueueService).start(); // jobs run in this process
  console.log(`vendure ready on http://127.0.0.1:${port} (${database.type})`);
}).catch(e => { console.error(e); process.exit(1); });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
