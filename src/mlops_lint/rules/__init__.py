"""The rules, one module each, in the folder of their challenge area. Found by where they stand; nothing lists them."""
