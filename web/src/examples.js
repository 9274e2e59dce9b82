// The tabs that a newcomer finds. A test in src/http holds each operation against the schema.
const files = import.meta.glob("./examples/*.graphql", { query: "?raw", import: "default", eager: true });

// An empty id for each variable of the tab's operations.
function variables(query) {
  const names = [...query.matchAll(/\$(\w+): ID!/g)].map((match) => match[1]);
  return names.length ? JSON.stringify(Object.fromEntries(names.map((name) => [name, ""])), null, 2) : "";
}

export const examples = Object.keys(files)
  .sort()
  .map((name) => ({ query: files[name], variables: variables(files[name]) }));
