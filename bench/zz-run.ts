import { measureGas } from "./zz-gas.ts";
await measureGas();
