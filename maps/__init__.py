"""Map data: datum, importers and the schematic demo map."""
