// The tabs that a newcomer finds. tests/it/graphiql.rs checks each operation against the schema.
import viewer from "./examples/1-viewer.graphql?raw";

export const examples = [viewer].map((query) => ({ query }));
