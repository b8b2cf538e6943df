// What stands in for the map where the browser cannot draw one: the table does its work.

export class NoMap {
  showZones() {}

  follow() {}

  showRoute() {}

  showBackdrop() {}

  speak() {}

  refresh() {}

  resize() {}

  home() {}

  flyTo() {}

  flyToZone() {
    return false;
  }

  bbox() {
    return null;
  }

  remove() {}
}
