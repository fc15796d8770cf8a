/// Sentences with names in them, one token and its tag in IOB2 a line: names begin with capitals, are of many kinds, and
/// what stands before one tells its type.
package func sampleColumns(sentences count: Int, seed: UInt64) -> String {
  var state = seed &* 2 &+ 1
  func draw(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  let syllables = ["ka", "ro", "mi", "len", "sú", "ta", "vor", "ne"]
  func name() -> String {
    let word = (0..<2 + draw(2)).map { _ in syllables[draw(syllables.count)] }.joined()
    return word.prefix(1).uppercased() + word.dropFirst()
  }
  var lines: [String] = []
  func entity(_ type: String, _ words: Int) {
    for index in 0..<words { lines.append("\(name())\t\(index == 0 ? "B" : "I")-\(type)") }
  }
  for _ in 0..<count {
    entity("PER", 1 + draw(2))
    switch draw(3) {
    case 0:
      lines += ["lives\tO", "in\tO"]
      entity("LOC", 1 + draw(2))
    case 1:
      lines += ["works\tO", "for\tO"]
      entity("ORG", 1 + draw(2))
      lines += ["since\tO", "19\(10 + draw(90))\tO"]
    default: lines += ["sleeps\tO", "a\tO", "lot\tO"]
    }
    lines += [".\tO", ""]
  }
  return lines.joined(separator: "\n") + "\n"
}
