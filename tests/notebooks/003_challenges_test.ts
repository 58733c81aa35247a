import { testNotebooks } from "../_support/notebooks.ts";

testNotebooks("003_challenges");
