import process from "node:process";

export default {
  input: process.env.SPECIFICATION,
  output: { path: "generated/sdk", module: { extension: ".js" } },
  plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
  logs: { level: "warn" },
};
