import ArgumentParser
import Recurrent

/// Refuses options that have no meaning for a model, rather than leave it to the user to find out that nothing came of
/// them.
///
/// - Parameters:
///   - options: of those, the ones that are given.
///   - users: what models they are for.
///   - model: what the folder holds.
func refuseOptions(_ options: [String], for users: String, _ folder: ModelFolder, holds model: String) throws {
  guard let option = options.first else { return }
  throw ValidationError("\(option) is for \(users), and \(folder.path) holds \(model)")
}
