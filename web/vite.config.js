// Builds GraphiQL into dist/, which the server serves below /graphiql/.
export default {
  base: "/graphiql/",
  build: { chunkSizeWarningLimit: 8192, target: "es2022" },
  worker: { format: "es" },
};
