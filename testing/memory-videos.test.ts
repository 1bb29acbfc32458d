import { videosContract } from '../stores/videos/videos-contract.ts'
import { MemoryVideos } from './memory-videos.ts'

videosContract('The videos in memory', async () => ({ videos: new MemoryVideos(), close: async () => {} }))
