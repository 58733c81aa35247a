import { testNotebooks } from "../_support/notebooks.ts";

testNotebooks("001_demand");
