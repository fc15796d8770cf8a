/// Why something cannot be looked at.
public enum InspectionError: Error, Equatable, CustomStringConvertible {
  case shortText(tokens: Int, needed: Int)
  case longText(tokens: Int, most: Int)
  case layer(Int, of: Int)
  case unit(Int, of: Int)
  case state(String, names: [String])
  case sameEverywhere(property: String, holds: Bool)
  case tooLarge(mebibytes: Int, most: Int)

  public var description: String {
    switch self {
    case .shortText(let tokens, let needed):
      "the text has \(tokens) tokens, and this takes \(needed) at least; give a longer text, or look at fewer steps"
    case .longText(let tokens, let most):
      "the text has \(tokens) tokens, and \(most) are the most here; give a shorter text"
    case .layer(let layer, let count): "there is no layer \(layer); the model has layers 0 to \(count - 1)"
    case .unit(let unit, let count): "there is no unit \(unit); a layer of this model has units 0 to \(count - 1)"
    case .state(let name, let names):
      "this cell has no state vector '\(name)'; it has \(names.joined(separator: " and "))"
    case .sameEverywhere(let property, let holds):
      "'\(property)' holds \(holds ? "everywhere" : "nowhere") in one half of the text, so no unit can tell where it does; "
        + "give another text or more of it (--tokens), or another property"
    case .tooLarge(let mebibytes, let most):
      "this would take \(mebibytes) MiB of memory, and \(most) are the most; give a shorter text"
    }
  }
}
