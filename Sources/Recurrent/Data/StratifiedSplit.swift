/// Items put into two parts, each label's in the same proportion.
public struct StratifiedSplit: Sendable, Hashable {
  /// Indices in ascending order.
  public let training: [Int]
  public let heldOut: [Int]

  /// Holds out a fraction of the items, rounded to a whole number and shared among the labels by largest remainder: each
  /// label's part is less than one item off its due. But the last item of a label stays in training; others are held out
  /// in its place, if there are any.
  ///
  /// - Parameters:
  ///   - fraction: between 0 and 1.
  ///   - key: draws the items; the same key gives the same split.
  public init(labels: [some Hashable], fraction: Double, key: RandomKey) {
    precondition(fraction > 0 && fraction < 1, "a fraction of \(fraction) held out")
    var groups: [[Int]] = []
    var places: [AnyHashable: Int] = [:]
    for (index, label) in labels.enumerated() {
      if let place = places[label] {
        groups[place].append(index)
      } else {
        places[label] = groups.count
        groups.append([index])
      }
    }
    let total = Int((fraction * Double(labels.count)).rounded())
    var quotas = groups.map { total * $0.count / labels.count }
    let remainders = groups.map { total * $0.count % labels.count }
    var left = total - quotas.reduce(0, +)
    var open = groups.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
    while left > 0 && !open.isEmpty {
      open.removeAll { quotas[$0] + 1 >= groups[$0].count }
      for place in open.prefix(left) {
        quotas[place] += 1
        left -= 1
      }
    }
    var random = SequentialRandom(key)
    var held: Set<Int> = []
    for (group, quota) in zip(groups, quotas) {
      held.formUnion(group.inRandomOrder(&random).prefix(quota))
    }
    training = labels.indices.filter { !held.contains($0) }
    heldOut = held.sorted()
  }
}

extension Array {
  /// The elements in an order that depends on the drawn numbers alone, and not on the standard library's way to shuffle.
  func inRandomOrder(_ random: inout SequentialRandom) -> [Element] {
    let draws = map { _ in random.next() }
    return indices.sorted { (draws[$0], $0) < (draws[$1], $1) }.map { self[$0] }
  }
}
