import { testNotebooks } from "../_support/notebooks.ts";

testNotebooks("004_investment");
