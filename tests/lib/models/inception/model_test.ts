import { InceptionNet, saveInceptionNet } from "@tome/tome/models/inception";
import { assertImageModel, SMALL } from "../../../_support/image_models.ts";

assertImageModel({
  name: "InceptionNet",
  make: () =>
    new InceptionNet({
      ...SMALL,
      stemWidth: 4,
      dropout: 0,
      blocks: [{ one: 2, three: [2, 3], five: [2, 2], pool: 2 }],
    }),
  images: [3, 8, 8, 2],
  save: saveInceptionNet,
});
