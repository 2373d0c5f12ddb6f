const { defineConfig } = require('@medusajs/framework/utils');

const port = process.env.PORT;
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { connection: { ssl: false } }, // else it waits for TLS on a Unix socket
    http: {
      storeCors: '*', adminCors: '*', authCors: '*',
      jwtSecret: 'for this machine only', cookieSecret: 'for this machine only',
    },
  },
  admin: { disable: true },
  modules: [
    {
      resolve: '@medusajs/medusa/file',
      options: {
        providers: [{
          resolve: '@medusajs/medusa/file-local', id: 'local',
          options: { upload_dir: 'static', backend_url: `http://127.0.0.1:${port}/static` },
        }],
      },
    },
  ],
});
