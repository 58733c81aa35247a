import { testNotebooks } from "../_support/notebooks.ts";

testNotebooks("002_introduction");
